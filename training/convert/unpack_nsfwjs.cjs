// Writes the model that nsfwjs carries inside its JavaScript as ordinary files: node unpack_nsfwjs.cjs OUT_FOLDER
const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const models = './node_modules/nsfwjs/dist/models/mobilenet_v2_mid/';
const load = name => { const found = require(models + name + '.min.js'); return found.default ?? found; };

const out = process.argv[2];
mkdirSync(out, { recursive: true });
const model = load('model');
writeFileSync(join(out, 'model.json'), JSON.stringify(model));
for (const part of model.weightsManifest.flatMap(group => group.paths))
  writeFileSync(join(out, part), Buffer.from(load(part), 'base64'));
