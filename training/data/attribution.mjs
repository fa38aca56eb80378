// Writes ATTRIBUTION.md, which ships with every model that was trained on these sets: node attribution.mjs OUT.md
import fs from 'node:fs';
import { sets, words } from './sets.mjs';

const link = (text, address) => address ? `[${text}](${address})` : text;
const isCcBy = set => set.licence === 'CC-BY-4.0';

const text = `# Sources of the training pictures

| set | author | licence | source |
| --- | --- | --- | --- |
${sets.map(set => `| ${set.title} (${set.name}) | ${link(set.author, set.home)} | ${link(set.licence, set.terms)} | ${set.source} |`).join('\n')}
${words.map(word => `| ${word.name} | ${word.author} | ${word.licence} | ${word.source} |`).join('\n')}

## What was changed

Nothing of a set is passed on as it was. Its pictures were rendered or scaled to 128 x 128 pixels, cut to one skin tone of five where a set draws several, stored with
loss, put on plain backgrounds, in part tinted, given white borders or reduced to large pixels, joined with others in one picture, and described in words of
ours. From those pictures the numbers of neural networks were computed, and only the numbers are passed on; what they draw is made anew and may resemble a set's drawings. Whoever passes the
model on keeps this note of the changes.

## Creative Commons Attribution 4.0

${sets.filter(isCcBy).map(set => `${set.title} by ${set.author}`).join(', ')} are licensed under the Creative Commons Attribution 4.0 International licence,
<https://creativecommons.org/licenses/by/4.0/legalcode>, and were changed as said above. The licence's section 5 holds for them: unless their licensors say otherwise in
writing, they offer the pictures as they are and as available, make no representations or warranties of any kind about them, express, implied, statutory or
other, and are liable, as far as the law allows, for no loss or damage that comes from their use. None of these authors endorses this model or has any part in it.
`;
fs.writeFileSync(process.argv[2], text);
