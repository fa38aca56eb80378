import { assert, client, picture, small } from '../client.mjs';

const answer = await client.images.generate({ ...small, response_format: 'url' });

assert.equal(answer.data[0].b64_json, undefined);
const download = await fetch(answer.data[0].url);
assert.equal(download.status, 200);
assert.equal(download.headers.get('content-type'), 'image/png');
picture(Buffer.from(await download.arrayBuffer()), 'png');

const altered = answer.data[0].url.replace(/(signature=.)(.)/, (_, before, digit) => before + (digit === '0' ? '1' : '0'));
assert.equal((await fetch(altered)).status, 403);
