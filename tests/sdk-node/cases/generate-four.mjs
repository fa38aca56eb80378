import { assert, client, picture, small } from '../client.mjs';

const answer = await client.images.generate({ ...small, n: 4 });

assert.equal(answer.data.length, 4);
assert.equal(new Set(answer.data.map(image => picture(image.b64_json, 'png').toString('hex'))).size, 4, 'four different pictures');
