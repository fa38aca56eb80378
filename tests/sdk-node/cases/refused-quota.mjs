// The key belongs to a brand whose budget is smaller than one picture. The SDK must ask exactly once.
import { OpenAI, assert, client, refused, small } from '../client.mjs';

let requests = 0;
const counting = client.withOptions({ fetch: (...request) => (requests++, fetch(...request)) });
const error = await refused(OpenAI.RateLimitError, () => counting.images.generate(small));

assert.equal(error.type, 'insufficient_quota');
assert.equal(error.code, 'insufficient_quota');
assert.equal(error.headers.get('x-should-retry'), 'false');
assert.equal(requests, 1);
