/** Bytes that grow as they are written. */
export class ByteWriter {
  private bytes = new Uint8Array(256);
  private used = 0;

  private room(count: number): void {
    if (this.used + count <= this.bytes.length) return;
    const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.used + count));
    wider.set(this.bytes.subarray(0, this.used));
    this.bytes = wider;
  }
  byte(value: number): void {
    this.room(1);
    this.bytes[this.used++] = value;
  }
  /** Unsigned LEB128 of a whole number below 2^53. */
  varint(value: number): void {
    this.room(8);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.used++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.used++] = rest;
  }
  /** Zigzag: small numbers of either sign take one byte. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }
  text(value: string): void {
    const bytes = Buffer.from(value);
    this.varint(bytes.length);
    this.raw(bytes);
  }
  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.used);
    this.used += bytes.length;
  }
  end(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }
}

/** Reads what a `ByteWriter` wrote. @throws RangeError at every read beyond the end */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private used = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  byte(): number {
    const value = this.bytes[this.used++];
    if (value === undefined) throw new RangeError('the bytes end early');
    return value;
  }
  varint(): number {
    let value = this.byte();
    if (value < 128) return value;
    value &= 127;
    for (let factor = 128; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
  /** As many signed numbers as there is room for: by far the most that is ever read, so in one loop. */
  signedRun(into: Float64Array): void {
    const { bytes } = this;
    let used = this.used;
    for (let i = 0; i < into.length; i++) {
      const first = bytes[used++] ?? 0;
      if (first < 128) {
        into[i] = (first >>> 1) ^ -(first & 1);
        continue;
      }
      let value = first & 127;
      for (let factor = 128; ; factor *= 128) {
        const byte = bytes[used++] ?? 0;
        value += (byte & 127) * factor;
        if (byte < 128) break;
      }
      into[i] = value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    }
    if (used > bytes.length) throw new RangeError('the bytes end early');
    this.used = used;
  }
  text(): string {
    return Buffer.from(this.raw(this.varint())).toString();
  }
  raw(count: number): Uint8Array {
    if (this.used + count > this.bytes.length) throw new RangeError('the bytes end early');
    this.used += count;
    return this.bytes.subarray(this.used - count, this.used);
  }
}
