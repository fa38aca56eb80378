// What the original models make of a few small pictures, as fixtures for tests/Inference.Tests: node reference.cjs OUT_FOLDER NSFW_FOLDER
//
// The pictures are drawn with whole numbers only, so that the C# test draws the same bytes. An upscaler sees the picture with its edge repeated
// BORDER pixels outwards, as our engine shows it, and the frame is cut away again. The classifier's resize is the one line of nsfwjs that does it.
const tf = require('@tensorflow/tfjs');
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const BORDER = 8;
const LABELS = ['drawing', 'hentai', 'neutral', 'porn', 'sexy']; // nsfw_classes.js of nsfwjs, in lower case.
const UPSCALERS = [['esrgan-slim', 2], ['esrgan-slim', 4]];
const CLASSIFIED = [['ball', 224, 224], ['ball', 64, 64], ['weave', 224, 224], ['weave', 300, 200], ['slopes', 128, 128], ['slopes', 97, 331]];

const paint = {
  ball: (x, y, c, w, h) => {
    const [dx, dy, r] = [2 * x - w, 2 * y - h, Math.min(w, h)];
    return 9 * (dx * dx + dy * dy) < 4 * r * r ? [220, 60, 40][c] - ((40 * y / h) | 0) : [245, 240, 200][c];
  },
  weave: (x, y, c) => (7 * x + 13 * y + 31 * c + ((x * y) >> 3)) & 255,
  slopes: (x, y, c, w, h) => [(255 * x / w) | 0, (255 * y / h) | 0, (x >> 4) + (y >> 4) & 1 ? 200 : 30][c],
};

function picture(kind, width, height) {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        pixels[(y * width + x) * 3 + c] = paint[kind](x, y, c, width, height);
  return pixels;
}

// A model from a folder; TensorFlow.js itself reads only URLs.
function from(folder) {
  const model = JSON.parse(readFileSync(join(folder, 'model.json')));
  const weights = Buffer.concat(model.weightsManifest.flatMap(group => group.paths.map(path => readFileSync(join(folder, path)))));
  return {
    load: async () => ({
      format: model.format, modelTopology: model.modelTopology, weightSpecs: model.weightsManifest.flatMap(group => group.weights),
      weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length),
    }),
  };
}

async function upscaled(name, factor, side) {
  const model = await tf.loadLayersModel(from(`node_modules/@upscalerjs/${name}/models/x${factor}`));
  const padded = tf.tensor3d(picture('ball', side, side), [side, side, 3], 'float32').mirrorPad([[1, 1], [1, 1], [0, 0]], 'symmetric');
  let framed = padded; // 'symmetric' repeats the edge once a call; BORDER calls repeat it BORDER times.
  for (let i = 1; i < BORDER; i++) framed = framed.mirrorPad([[1, 1], [1, 1], [0, 0]], 'symmetric');
  const large = model.predict(framed.expandDims(0)).squeeze(0).slice([BORDER * factor, BORDER * factor, 0], [side * factor, side * factor, 3]);
  return Buffer.from(Float32Array.from(await large.data()).buffer);
}

async function classified(model, kind, width, height) {
  const normalised = tf.tensor3d(picture(kind, width, height), [height, width, 3], 'int32').toFloat().div(tf.scalar(255));
  const sized = width === 224 && height === 224 ? normalised : tf.image.resizeBilinear(normalised, [224, 224], true);
  return Array.from(await model.predict(sized.expandDims(0)).data());
}

(async () => {
  const [out, nsfw] = process.argv.slice(2);
  mkdirSync(out, { recursive: true });
  for (const [name, factor] of UPSCALERS)
    writeFileSync(join(out, `${name}-x${factor}.f32`), await upscaled(name, factor, 32));
  const classifier = await tf.loadGraphModel(from(nsfw));
  const pictures = [];
  for (const [kind, width, height] of CLASSIFIED)
    pictures.push({ kind, width, height, scores: await classified(classifier, kind, width, height) });
  writeFileSync(join(out, 'nsfw-mobilenet.json'), JSON.stringify({ madeWith: `@tensorflow/tfjs ${tf.version.tfjs}, CPU`, labels: LABELS, pictures }, null, 1) + '\n');
})();
