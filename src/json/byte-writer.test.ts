import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteWriter, validUtf8 } from './byte-writer';

const inValidUtf8 = (bytes: Buffer): Buffer =>
  validUtf8(bytes, (length) => ({ bytes: Buffer.alloc(length) }))?.bytes ?? Buffer.alloc(0);

/** Longer than what is decoded at once. */
const LONG = 16 * 1024;

test('Text that is valid stays as it is, wherever its characters lie', () => {
  for (let before = 0; before < 4; before += 1) {
    const text = Buffer.from('x'.repeat(before) + '\u{1F680}é€'.repeat(LONG / 4));
    expect(inValidUtf8(text).equals(text)).toBe(true);
  }
});

test('What is invalid is replaced as Buffer.toString does it, also where pieces meet', () => {
  const piece = fc.constantFrom(0x41, 0x80, 0xbf, 0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0xff);
  const near = fc.array(piece, { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(near, fc.constantFrom(0x41, 0x80, 0xff), (bytes, filling) => {
      const text = Buffer.concat([Buffer.alloc(LONG - 6, filling), Buffer.from(bytes), Buffer.alloc(100, filling)]);
      expect(inValidUtf8(text).equals(Buffer.from(text.toString('utf8')))).toBe(true);
    }),
  );
});

test('More than was reserved is an error, and just as much is none', () => {
  const out = new ByteWriter();
  out.reserve(2);
  out.ascii('ab');
  out.assertRoom();
  out.byte(0x63);
  expect(() => {
    out.assertRoom();
  }).toThrow(RangeError);
});
