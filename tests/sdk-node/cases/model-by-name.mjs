import { assert, client, picture, small } from '../client.mjs';

const model = (await client.models.list()).data[0].id;
const answer = await client.images.generate({ ...small, model });

assert.equal(answer.data.length, 1);
picture(answer.data[0].b64_json, 'png');
