import { OpenAI, assert, client, refused, small } from '../client.mjs';

const stranger = client.withOptions({ apiKey: 'vk-nobody-0000000000000000-AAAA' });

for (const call of [() => stranger.images.generate(small), () => stranger.models.list()]) {
  const error = await refused(OpenAI.AuthenticationError, call);
  assert.equal(error.code, 'invalid_api_key');
}
