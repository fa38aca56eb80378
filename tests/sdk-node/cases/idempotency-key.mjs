import { OpenAI, assert, client, refused, small } from '../client.mjs';

const options = { headers: { 'Idempotency-Key': `sdk-${process.pid}-${Date.now()}` } };
const first = await (await client.images.generate({ ...small, n: 2 }, options).asResponse()).text();
const second = await (await client.images.generate({ ...small, n: 2 }, options).asResponse()).text();

assert.equal(second, first, 'the same answer, to the byte');

const error = await refused(OpenAI.UnprocessableEntityError, () => client.images.generate({ ...small, n: 3 }, options));
assert.equal(error.code, 'idempotency_mismatch');
assert.equal(error.headers.get('x-should-retry'), 'false');
