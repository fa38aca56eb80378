// Fields beyond OpenAI's travel in the body, as the SDK lets them through.
import { assert, client, picture, small } from '../client.mjs';

const ask = seed => client.images.generate({ ...small, output_format: 'png', seed, negative_prompt: 'text', session: 'sdk-tests', user: 'visitor-1' });
const [first, other] = [await ask(7), await ask(8)];

assert.notEqual(picture(first.data[0].b64_json, 'png').toString('hex'), picture(other.data[0].b64_json, 'png').toString('hex'));
