// The peer of R8: the official c2pa-rs as WebAssembly, in one Node process that is asked over its standard input.
// A line "sign MIME FILE OUT" or "verify MIME FILE" is answered with the milliseconds that it took, without reading and writing files.
import fs from 'node:fs';
import crypto from 'node:crypto';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

const [verifier, chain, key, anchors] = process.argv.slice(2);
const { loadC2pa, pemToDers } = await import(pathToFileURL(verifier));
const { c2pa, SyncBlob } = await loadC2pa();
const certificates = pemToDers(fs.readFileSync(chain, 'utf8')), privateKey = crypto.createPrivateKey(fs.readFileSync(key, 'utf8'));
const context = JSON.stringify({
  verify: { verify_after_sign: false, verify_trust: true, remote_manifest_fetch: false, ocsp_fetch: false },
  trust: { user_anchors: fs.readFileSync(anchors, 'utf8') },
});

const head = (major, n) => n < 24 ? Buffer.from([major << 5 | n]) : n < 256 ? Buffer.from([major << 5 | 24, n]) : Buffer.from([major << 5 | 25, n >> 8, n & 255]);
const bytes = b => Buffer.concat([n32(b.length), b]);
const n32 = n => n < 65536 ? head(2, n) : Buffer.from([2 << 5 | 26, n >>> 24, n >> 16 & 255, n >> 8 & 255, n & 255]);
const text = s => Buffer.concat([head(3, s.length), Buffer.from(s)]);
const protectedHeader = Buffer.concat([head(5, 2), head(0, 1), head(1, 6), head(0, 33), head(4, certificates.length), ...certificates.map(bytes)]);
const signer = {
  alg: 'es256',
  reserveSize: 4096,
  sign: async claim => {
    const structure = Buffer.concat([head(4, 4), text('Signature1'), bytes(protectedHeader), bytes(Buffer.alloc(0)), bytes(Buffer.from(claim))]);
    const signature = crypto.sign('sha256', structure, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return new Uint8Array(Buffer.concat([Buffer.from([0xd2, 0x84]), bytes(protectedHeader), head(5, 0), Buffer.from([0xf6]), bytes(signature)]));
  },
};
const manifest = JSON.stringify({
  claim_generator_info: [{ name: 'Bench', version: '1' }],
  assertions: [{ label: 'c2pa.actions.v2', data: { actions: [{ action: 'c2pa.created', digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia' }], allActionsIncluded: true } }],
});

console.log('ready');
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [act, mime, file, out] = line.split(' ');
  const source = fs.readFileSync(file), begun = process.hrtime.bigint();
  if (act === 'sign') {
    const builder = c2pa.WasmBuilder.fromJson(manifest, context);
    const signed = await builder.sign(signer, undefined, mime, new SyncBlob(source, mime));
    const took = Number(process.hrtime.bigint() - begun) / 1e6;
    builder.free();
    if (out) fs.writeFileSync(out, signed);
    console.log(took);
  } else {
    const reader = await c2pa.WasmReader.fromBytes(mime, new Uint8Array(source), context);
    const state = JSON.parse(reader.json()).validation_state;
    const took = Number(process.hrtime.bigint() - begun) / 1e6;
    reader.free();
    console.log(state === 'Trusted' ? took : `state ${state}`);
  }
}
