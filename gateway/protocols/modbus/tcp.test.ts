import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesToHex, concatBytes, hexToBytes } from '../bytes.ts';
import { createTcpAssembler, decodeTcp, encodeTcp } from './tcp.ts';

const adu = fc.record({
  tid: fc.integer({ min: 0, max: 0xffff }),
  unit: fc.integer({ min: 0, max: 255 }),
  pdu: fc.uint8Array({ minLength: 1, maxLength: 253 }),
});

test('ADUs come out whole however their bytes are split and merged', () => {
  fc.assert(
    fc.property(
      fc.array(adu, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 40 }),
      (sent, step) => {
        const bytes = concatBytes(...sent.map(({ tid, unit, pdu }) => encodeTcp(tid, unit, pdu)));
        const assembler = createTcpAssembler();
        const out = [];
        for (let at = 0; at < bytes.length; at += step) {
          const { adus, error } = assembler.push(bytes.slice(at, at + step));
          expect(error).toBeNull();
          out.push(...adus);
        }
        expect(out.map(({ tid, unit, pdu }) => [tid, unit, bytesToHex(pdu)])).toEqual(
          sent.map(({ tid, unit, pdu }) => [tid, unit, bytesToHex(pdu)]),
        );
      },
    ),
  );
});

test('after a header that cannot be, the stream is lost and stays lost', () => {
  const assembler = createTcpAssembler();
  const good = encodeTcp(1, 1, Uint8Array.of(0x83, 2));
  const bad = hexToBytes('000200990003010102') ?? new Uint8Array();
  expect(assembler.push(concatBytes(good, bad))).toMatchObject({ adus: [{ tid: 1 }], error: 'header' });
  expect(assembler.push(good)).toEqual({ adus: [], error: 'header' });
});

test('what was whole before a broken part is still told', () => {
  const good = encodeTcp(1, 1, Uint8Array.of(0x83, 2));
  expect(decodeTcp(concatBytes(good, Uint8Array.of(0, 2, 0)))).toMatchObject({
    ok: false,
    error: 'length',
    adus: [{ tid: 1, pdu: { exception: 2 } }],
  });
});
