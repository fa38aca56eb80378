import { assert, client, picture, sizeOfPng, small } from '../client.mjs';

for (const size of ['64x64', '72x64', '128x96', '256x256']) {
  const answer = await client.images.generate({ ...small, size });
  assert.equal(answer.size, size);
  assert.equal(sizeOfPng(picture(answer.data[0].b64_json, 'png')), size);
}

const low = await client.images.generate({ ...small, size: 'auto', quality: 'low' });
assert.equal(low.quality, 'low');
assert.equal(sizeOfPng(picture(low.data[0].b64_json, 'png')), '256x256');
