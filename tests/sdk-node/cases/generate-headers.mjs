import { assert, client, small } from '../client.mjs';

const { response } = await client.images.generate(small).withResponse();

assert.equal(response.headers.get('openai-version'), '2020-10-01');
assert.match(response.headers.get('openai-processing-ms'), /^\d+$/);
assert.ok(response.headers.get('x-request-id'));
assert.match(response.headers.get('content-type'), /^application\/json/);
