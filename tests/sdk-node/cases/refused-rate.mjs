// The key belongs to a brand that may make one picture a minute, and this asks for two at once.
import { OpenAI, assert, client, refused, small } from '../client.mjs';

const once = client.withOptions({ maxRetries: 0 });
const options = { headers: { 'Idempotency-Key': `rate-${process.pid}-${Date.now()}` } };
const { response: accepted } = await once.images.generate(small, options).withResponse();
assert.equal(accepted.headers.get('x-ratelimit-remaining-requests'), '0');
const error = await refused(OpenAI.RateLimitError, () => once.images.generate({ ...small, prompt: 'a blue fox, sticker' }));

assert.equal(error.type, 'requests');
assert.equal(error.code, 'rate_limit_exceeded');
assert.ok(Number(error.headers.get('retry-after')) >= 1);
assert.ok(Number(error.headers.get('retry-after-ms')) >= 1);
assert.equal(error.headers.get('x-ratelimit-limit-requests'), '1');
assert.equal(error.headers.get('x-ratelimit-remaining-requests'), '0');
assert.match(error.headers.get('x-ratelimit-reset-requests'), /^(\d+ms|(\d+m)?\d+s)$/);

const { response: replayed } = await once.images.generate(small, options).withResponse();
assert.equal(replayed.headers.get('idempotency-replayed'), 'true');
assert.equal(replayed.headers.get('x-ratelimit-limit-requests'), '1');
assert.equal(replayed.headers.get('x-ratelimit-remaining-requests'), '0');
