import { assert, client, small } from '../client.mjs';

const stream = await client.images.generate({ ...small, n: 2, stream: true });
const events = [];
for await (const event of stream) events.push(event);

assert.deepEqual(events.map(event => event.type), ['image_generation.completed', 'image_generation.completed']);
assert.equal(new Set(events.map(event => event.b64_json)).size, 2);
