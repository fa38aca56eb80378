// The address is that of a proxy that breaks the first connection once its request has gone through. The SDK asks again by itself.
import { assert, client, picture, small } from '../client.mjs';

const answer = await client.images.generate({ ...small, prompt: 'a fox that is asked for twice' });

picture(answer.data[0].b64_json, 'png');
console.log(JSON.stringify({ picture: answer.data[0].b64_json }));
