import { OpenAI, assert, client, refused, small } from '../client.mjs';

const bad = {
  n: 11, size: '512x513', quality: 'ultra', output_format: 'gif', output_compression: 50, response_format: 'exe', background: 'transparent',
  style: 'vivid', partial_images: 4, moderation: 'off', seed: -1, steps: 0,
};
for (const [field, value] of Object.entries(bad)) {
  const error = await refused(OpenAI.BadRequestError, () => client.images.generate({ ...small, [field]: value }));
  assert.equal(error.param, field);
  assert.equal(error.code, 'invalid_value');
  assert.equal(error.type, 'invalid_request_error');
}

const error = await refused(OpenAI.BadRequestError, () => client.images.generate({ ...small, prompt: '  ' }));
assert.equal(error.code, 'missing_field');
