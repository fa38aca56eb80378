import { assert, client, picture, small } from '../client.mjs';

const stream = await client.images.generate({ ...small, stream: true, partial_images: 2 });
const events = [];
for await (const event of stream) events.push(event);

const partial = events.filter(event => event.type === 'image_generation.partial_image');
assert.ok(partial.length >= 1 && partial.length <= 2, `${partial.length} partial pictures`);
partial.forEach((event, index) => assert.equal(event.partial_image_index, index));
partial.forEach(event => picture(event.b64_json, 'png'));

const completed = events.filter(event => event.type === 'image_generation.completed');
assert.equal(completed.length, 1);
assert.equal(events.at(-1), completed[0]);
picture(completed[0].b64_json, 'png');
assert.ok(completed[0].usage.total_tokens > 0);
for (const event of events) {
  assert.ok(Number.isInteger(event.created_at));
  assert.equal(event.size, '64x64');
  assert.equal(event.background, 'opaque');
  assert.equal(event.output_format, 'png');
  assert.equal(event.usage === undefined, event.type !== 'image_generation.completed');
}
