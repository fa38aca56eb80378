// Renders picture sets to 128 x 128 RGBA webp: OUT/<set>.bin holds the pictures end to end, OUT/<set>.jsonl one line for each.
//   node render.mjs OUT SET...        (npm install first; openclipart needs the Debian packages openclipart-png and openclipart-svg)
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import sharp from 'sharp';
import { Resvg } from '@resvg/resvg-js';
import { describeColours } from './colours.mjs';
import { sets, setsWithFlags, setsWithSkinTones } from './sets.mjs';

const require = createRequire(import.meta.url);
const modules = path.join(import.meta.dirname, 'node_modules');
const size = 128, fewestPixels = 80;
const tones = ['light-skin-tone', 'medium-light-skin-tone', 'medium-skin-tone', 'medium-dark-skin-tone', 'dark-skin-tone'];
const toneSuffix = /-(medium-light|medium-dark|light|medium|dark)-skin-tone/g;
sharp.concurrency(1);
let names; // of emoji, read once

const [out, ...wanted] = process.argv.slice(2);
fs.mkdirSync(out, { recursive: true });
for (const name of wanted) {
  const set = sets.find(set => set.name === name);
  if (!set) throw new Error(`There is no set '${name}'; sets.mjs lists them.`);
  await writeSet(set, name === 'openclipart' ? clipArt() : chosen(set, set.pictures ? emojiPictures(set) : iconifyPictures(set)));
}

async function writeSet(set, pictures) {
  const bin = fs.createWriteStream(path.join(out, `${set.name}.bin`)), index = fs.createWriteStream(path.join(out, `${set.name}.jsonl`));
  let offset = 0, written = 0, failed = 0;
  for (const { facts, pixels } of pictures) {
    let rgba;
    try {
      rgba = await pixels();
    } catch (error) {
      if (failed++ < 3) console.error(`${set.name}/${facts.name}: ${error.message.slice(0, 120)}`);
      continue;
    }
    const colours = describeColours(rgba);
    if (colours.covered < fewestPixels) continue;
    const webp = await sharp(rgba, { raw: { width: size, height: size, channels: 4 } })
      .webp({ quality: 82, alphaQuality: 80, effort: 4, smartSubsample: true }).toBuffer();
    bin.write(webp);
    index.write(JSON.stringify({ set: set.name, style: set.style, licence: set.licence, ...facts, cover: colours.cover, colors: colours.colors, offset, length: webp.length }) + '\n');
    offset += webp.length;
    written++;
  }
  await Promise.all([bin, index].map(stream => new Promise(done => stream.end(done))));
  console.log(`${set.name}: ${written} pictures, ${failed} failed`);
}

// Emoji by code point: the file's name is the code, the label comes from Unicode.
function* emojiPictures(set) {
  const { byCode } = emojiNames();
  const folder = path.join(modules, set.pictures, 'assets');
  for (const file of fs.readdirSync(folder).sort()) {
    const code = file.replace('.webp', '').toUpperCase().replace(/-FE0F/g, '');
    const emoji = byCode.get(code) ?? byCode.get(code.padStart(4, '0'));
    if (emoji) yield { name: key(emoji.label), emoji, pixels: () => fit(path.join(folder, file)) };
  }
}

// Iconify sets: SVG bodies by name. resvg draws Fluent's gradients right but aborts on some Noto files, which librsvg (in sharp) draws.
function* iconifyPictures(set) {
  const { byName } = emojiNames();
  const icons = JSON.parse(fs.readFileSync(path.join(modules, '@iconify/json/json', `${set.name}.json`)));
  const fluent = set.name.startsWith('fluent');
  for (const [name, icon] of Object.entries(icons.icons)) {
    if (icon.hidden) continue;
    const width = icon.width ?? icons.width ?? 16, height = icon.height ?? icons.height ?? 16;
    const scale = fluent ? 1 : size / Math.max(width, height);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${Math.round(width * scale)}" height="${Math.round(height * scale)}" `
      + `viewBox="${icon.left ?? 0} ${icon.top ?? 0} ${width} ${height}">${icon.body.replace(/currentColor/g, '#333')}</svg>`;
    const byResvg = () => fit(new Resvg(svg, { fitTo: { mode: width >= height ? 'width' : 'height', value: size }, font: { loadSystemFonts: false } }).render().asPng());
    const tone = name.match(/^(.*)-(medium-light|medium-dark|light|medium|dark)$/);
    const full = set.name.startsWith('fluent-emoji') && !byName.get(key(name)) && tone ? `${tone[1]}-${tone[2]}-skin-tone` : name;
    yield { name: full, emoji: byName.get(key(full)) ?? null, pixels: fluent ? byResvg : () => fit(Buffer.from(svg)) };
  }
}

// What of a set is kept: each name once, one skin tone of five, no letters and keycaps, flags only where they are drawn well.
function* chosen(set, pictures) {
  const seen = new Set();
  const largest = new Map();
  const all = [...pictures];
  if (set.name === 'fluent-color') // one name for each size of an icon
    for (const { name } of all) {
      const [, base, px] = name.match(/^(.*)-(\d+)$/);
      largest.set(base, Math.max(largest.get(base) ?? 0, +px));
    }
  for (const { name, emoji, pixels } of all) {
    let short = name;
    if (!keptTone(set, name)) continue;
    if ((emoji?.group === 'flags' || name.startsWith('flag-')) && !setsWithFlags.includes(set.name)) continue;
    if (/keycap|regional-indicator|input-|^letter-[a-z]$/.test(name)) continue;
    if (largest.size) {
      const [, base, px] = name.match(/^(.*)-(\d+)$/);
      if (+px !== largest.get(base)) continue;
      short = base;
    }
    if (seen.has(short)) continue;
    seen.add(short);
    const label = emoji?.label ?? short.replace(/-\d+$/, '').replace(/-(flat|fill|duo|poly|color)$/, '').replace(/-/g, ' ');
    yield { facts: { name: short, label, tags: emoji?.tags ?? [], group: emoji?.group ?? '', subgroup: emoji?.subgroup ?? '', known: !!emoji }, pixels };
  }
}

function keptTone(set, name) {
  const found = `-${name}`.match(toneSuffix) ?? [];
  if (found.length === 0) return true;
  if (found.length > 1 || !setsWithSkinTones.includes(set.name) || /family|couple|kiss/.test(name)) return false;
  let hash = 0;
  for (const letter of set.name + name.replace(toneSuffix, '')) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return found[0] === `-${tones[hash % 5]}`;
}

// Open Clip Art: pictures by folder, titles and tags from the SVG's metadata.
function* clipArt() {
  const png = '/usr/share/openclipart/png', svg = '/usr/share/openclipart/svg';
  const unwanted = /^(logos|shapes\/stars|signs_and_symbols\/(semaphore|led|flags|map_symbols)|shapes\/flowchart|special\/patterns|computer\/icons\/(?!.*lemon))|semaphore|aiga|roadsign|fc\d\d|nazi|swastika|nude|naked|sexy/i;
  for (const file of fs.readdirSync(png, { recursive: true }).sort()) {
    if (!file.endsWith('.png') || unwanted.test(file)) continue;
    const name = file.slice(0, -4), source = path.join(svg, `${name}.svg`);
    let title = path.basename(name), tags = [];
    if (fs.existsSync(source)) {
      const head = fs.readFileSync(source, 'latin1').slice(0, 20000);
      if (/cc:license[^>]*licenses\/(?!publicdomain)/i.test(head)) continue;
      title = head.match(/<dc:title[^>]*>([\s\S]*?)<\/dc:title>/)?.[1].replace(/<[^>]+>/g, ' ').trim() || title;
      tags = [...head.matchAll(/<rdf:li[^>]*>([^<]*)<\/rdf:li>/g)].map(match => match[1].trim().toLowerCase()).filter(Boolean);
    }
    if (/swastika|nazi|nude|naked|erotic/i.test(title + tags.join(' '))) continue;
    const label = title.replace(/[_\s]+/g, ' ').replace(/\b\d{1,3}\b/g, ' ').trim().toLowerCase();
    const folder = path.dirname(name);
    yield { facts: { name: path.basename(name), label, tags: [...new Set(tags)].slice(0, 10), group: folder.split('/')[0], subgroup: folder, known: false }, pixels: () => fit(path.join(png, file)) };
  }
}

function emojiNames() {
  if (names) return names;
  const groups = require('emojibase-data/meta/groups.json');
  names = { byCode: new Map(), byName: new Map() };
  for (const emoji of require('emojibase-data/en/data.json'))
    for (const each of [emoji, ...emoji.skins ?? []]) {
      const facts = { label: each.label, tags: emoji.tags ?? [], group: groups.groups[emoji.group] ?? '', subgroup: groups.subgroups[emoji.subgroup] ?? '' };
      names.byCode.set(each.hexcode.replace(/-FE0F/g, ''), facts);
      names.byName.set(key(each.label), facts);
    }
  return names;
}

function key(label) {
  return label.toLowerCase().normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/[’'“”"!.,()]/g, '').replace(/&/g, ' and ')
    .replace(/[:_\-\s]+/g, '-').replace(/^-|-$/g, '');
}

function fit(input) {
  return sharp(input).ensureAlpha().resize(size, size, { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 }, kernel: 'lanczos3' }).raw().toBuffer();
}
