/** The few MQTT 3.1.1 packets that the load needs, written by hand so that it costs little beside what it measures. */
export function mqttString(text: string): Buffer {
  const bytes = Buffer.from(text);
  const out = Buffer.alloc(2 + bytes.length);
  out.writeUInt16BE(bytes.length);
  bytes.copy(out, 2);
  return out;
}

export function remainingLength(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}

function packet(type: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type]), remainingLength(body.length), body]);
}

/** A clean session with a keep-alive of 60 s; every run is shorter. */
export function connectPacket(clientId: string, user: string, password: string): Buffer {
  return packet(
    0x10,
    mqttString('MQTT'),
    Buffer.from([4, 0xc2, 0, 60]),
    mqttString(clientId),
    mqttString(user),
    mqttString(password),
  );
}

export function subscribePacket(filter: string, qos: 0 | 1): Buffer {
  return packet(0x82, Buffer.from([0, 1]), mqttString(filter), Buffer.from([qos]));
}

/** @param topic with its length before it */
export function publishPacket(topic: Buffer, packetId: number, payload: Buffer): Buffer {
  const length = topic.length + 2 + payload.length;
  const head = length < 128 ? 2 : 3;
  const out = Buffer.allocUnsafe(head + length);
  out[0] = 0x32;
  if (head === 2) out[1] = length;
  else {
    out[1] = (length & 127) | 128;
    out[2] = length >> 7;
  }
  topic.copy(out, head);
  out.writeUInt16BE(packetId, head + topic.length);
  payload.copy(out, head + topic.length + 2);
  return out;
}

/** Cuts a stream into packets; `take` gets the first byte and the body. */
export function createPacketReader(take: (first: number, body: Buffer) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      let length = 0;
      let head = 1;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at + head];
        if (byte === undefined) {
          rest = bytes.subarray(at);
          return;
        }
        length |= (byte & 127) << shift;
        head++;
        if (byte < 128) break;
      }
      if (at + head + length > bytes.length) {
        rest = bytes.subarray(at);
        return;
      }
      take(bytes[at] ?? 0, bytes.subarray(at + head, at + head + length));
      at += head + length;
    }
  };
}
