// The key belongs to a brand that may make one picture a minute, and this asks for two at once.
import { OpenAI, assert, client, refused, small } from '../client.mjs';

const once = client.withOptions({ maxRetries: 0 });
await once.images.generate(small);
const error = await refused(OpenAI.RateLimitError, () => once.images.generate({ ...small, prompt: 'a blue fox, sticker' }));

assert.equal(error.type, 'requests');
assert.equal(error.code, 'rate_limit_exceeded');
assert.ok(Number(error.headers.get('retry-after')) >= 1);
assert.ok(Number(error.headers.get('retry-after-ms')) >= 1);
