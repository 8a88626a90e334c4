import type { DataType, WordOrder } from '../../contract/device-type.ts';
import type { FrameField } from '../../contract/frame.ts';
import { decodeRegisters } from './registers.ts';

// Bytes of one value whose type nobody knows yet: what they would be as each.

const byBytes: Readonly<Record<number, readonly DataType[]>> = {
  2: ['uint16', 'int16', 'bcd16'],
  4: ['uint32', 'int32', 'float32', 'bcd32'],
  8: ['uint64', 'int64', 'float64', 'bcd64'],
};
const orders: readonly WordOrder[] = ['ABCD', 'CDAB', 'BADC', 'DCBA'];

/** A value as every type and order; empty unless there are 2, 4 or 8 bytes. */
export function valueTable(bytes: Uint8Array): FrameField[] {
  return (byBytes[bytes.length] ?? []).flatMap((type) =>
    orders
      .filter((order) => bytes.length > 2 || order === 'ABCD' || order === 'BADC')
      .flatMap((order): FrameField[] => {
        const result = decodeRegisters(bytes, { type, order });
        if (!result.ok) return [];
        const { value } = result;
        const plain = typeof value === 'object' ? null : value;
        return [{ name: `${type} ${order}`, offset: null, length: null, value: plain }];
      }),
  );
}
