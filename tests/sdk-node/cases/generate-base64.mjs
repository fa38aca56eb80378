import { assert, client, picture, sizeOfPng, small } from '../client.mjs';

const answer = await client.images.generate(small);

assert.equal(answer.data.length, 1);
assert.equal(answer.data[0].url, undefined);
assert.equal(sizeOfPng(picture(answer.data[0].b64_json, 'png')), '64x64');
assert.ok(Math.abs(answer.created - Date.now() / 1000) < 3600);
assert.equal(answer.background, 'opaque');
assert.equal(answer.output_format, 'png');
assert.equal(answer.size, '64x64');
assert.ok(['low', 'medium', 'high'].includes(answer.quality));
assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);
assert.equal(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens);
assert.deepEqual(answer.usage.input_tokens_details, { text_tokens: answer.usage.input_tokens, image_tokens: 0 });
assert.deepEqual(answer.usage.output_tokens_details, { image_tokens: answer.usage.output_tokens, text_tokens: 0 });
assert.ok(answer._request_id, 'x-request-id reaches the caller');
