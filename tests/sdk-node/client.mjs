// The client as a user of the SDK makes it: only the address and the key are ours.
import assert from 'node:assert/strict';
import OpenAI from 'openai';

export { OpenAI, assert };

export const client = new OpenAI({ baseURL: `${process.env.VITRINE_GATEWAY}/v1`, apiKey: process.env.VITRINE_KEY });

/** The fields that keep a test fast; every case says the rest itself. */
export const small = { prompt: 'a red fox, sticker', size: '64x64' };

const starts = {
  png: bytes => bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')),
  jpeg: bytes => bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])),
  webp: bytes => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP',
};

/** Checks the magic bytes of base64 text or of bytes, and gives the bytes. */
export function picture(data, format) {
  const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data, 'base64');
  assert.ok(starts[format](bytes), `These are not the first bytes of ${format}: ${bytes.toString('hex', 0, 12)}`);
  return bytes;
}

/** Width and height of a PNG (ISO/IEC 15948, 11.2.2: the first chunk is IHDR). */
export function sizeOfPng(bytes) {
  return `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
}

/** The error that the call ends with, which must be of the given class of the SDK. */
export async function refused(kind, call) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof kind, `${error?.constructor?.name} is not ${kind.name}: ${error?.message}`);
    return error;
  }
  assert.fail(`The call should have ended with ${kind.name}.`);
}
