import { readLimit } from './pdu.ts';

/** One value to be read: a function (1 coils, 2 inputs, 3 holding, 4 input registers), its first address, its width. */
export interface ReadPoint {
  fc: 1 | 2 | 3 | 4;
  address: number;
  /** Registers, or bits for functions 1 and 2. */
  count: number;
}

export interface ReadBlock<P extends ReadPoint> {
  fc: 1 | 2 | 3 | 4;
  address: number;
  quantity: number;
  /** Which points it serves and where each begins in it, in registers or bits. */
  points: { point: P; at: number }[];
}

export interface ReadLimits {
  /** Most registers of one read; 125 unless the device takes fewer. */
  maxRegisters?: number;
  /** Most bits of one read; 2000 unless the device takes fewer. */
  maxBits?: number;
  /**
   * Most unwanted registers or bits that may be read along to save a request. 0 unless said otherwise, because many
   * devices answer exception 2 to a block that touches an address they have not.
   */
  maxGap?: number;
}

/**
 * Block reads that serve all points: neighbours go together as far as the limits allow. A point is never split over two reads, so that the two halves of a
 * 32-bit value are of one moment. RangeError for a point that no single read can hold.
 */
export function planReads<P extends ReadPoint>(
  points: readonly P[],
  limits: ReadLimits = {},
): ReadBlock<P>[] {
  const maxGap = limits.maxGap ?? 0;
  const sorted = [...points].sort((a, b) => a.fc - b.fc || a.address - b.address || b.count - a.count);
  const blocks: ReadBlock<P>[] = [];
  for (const point of sorted) {
    const bits = point.fc <= 2;
    const most = bits
      ? Math.min(limits.maxBits ?? readLimit.bits, readLimit.bits)
      : Math.min(limits.maxRegisters ?? readLimit.registers, readLimit.registers);
    if (point.count < 1 || point.count > most || point.address < 0 || point.address + point.count > 65_536) {
      throw new RangeError(
        `${point.count} ${bits ? 'bits' : 'registers'} at ${point.address} (function ${point.fc}) do not fit one read: ` +
          `take 1 to ${most}, ending at 65535`,
      );
    }
    const open = blocks.at(-1);
    const openEnd = open ? open.address + open.quantity : 0;
    const end = Math.max(openEnd, point.address + point.count);
    if (open && open.fc === point.fc && point.address - openEnd <= maxGap && end - open.address <= most) {
      open.quantity = end - open.address;
      open.points.push({ point, at: point.address - open.address });
    } else {
      blocks.push({
        fc: point.fc,
        address: point.address,
        quantity: point.count,
        points: [{ point, at: 0 }],
      });
    }
  }
  return blocks;
}
