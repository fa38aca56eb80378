import { assert, client, picture, small } from '../client.mjs';

for (const output_format of ['png', 'jpeg', 'webp']) {
  const answer = await client.images.generate({ ...small, output_format, ...(output_format === 'png' ? {} : { output_compression: 80 }) });
  assert.equal(answer.output_format, output_format);
  picture(answer.data[0].b64_json, output_format);
}
