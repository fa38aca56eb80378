import { OpenAI, assert, client, refused, small } from '../client.mjs';

for (const model of ['gpt-image-1', '../../etc/passwd', 'm'.repeat(300)]) {
  const error = await refused(OpenAI.NotFoundError, () => client.images.generate({ ...small, model }));
  assert.equal(error.type, 'invalid_request_error');
  assert.equal(error.code, 'model_not_found');
}

const error = await refused(OpenAI.NotFoundError, () => client.models.retrieve('gpt-image-1'));
assert.equal(error.code, 'model_not_found');
