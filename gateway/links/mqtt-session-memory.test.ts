import type { AedesPublishPacket } from 'aedes';
import { expect, test } from 'vitest';
import { SessionMemory } from './mqtt-session-memory.ts';

const packet = (topic: string, payload: string): AedesPublishPacket => ({
  cmd: 'publish',
  topic,
  payload: Buffer.from(payload),
  qos: 0,
  retain: true,
  dup: false,
  brokerId: 'b',
  brokerCounter: 1,
});

async function retained(memory: SessionMemory, ...filters: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const one of memory.createRetainedStreamCombi(filters))
    found.push(`${one.topic}=${one.payload}`);
  return found;
}

test('retained messages are found by exact filter and by wildcard, replaced, and taken away by an empty one', async () => {
  const memory = new SessionMemory({ retained: 10, retainedBytes: 1_000 });
  await memory.storeRetained(packet('gatehouse/a/status', 'online'));
  await memory.storeRetained(packet('gatehouse/b/status', 'online'));
  await memory.storeRetained(packet('gatehouse/a', 'top'));
  await memory.storeRetained(packet('gatehouse/a/status', 'offline'));
  expect(await retained(memory, 'gatehouse/a/status')).toEqual(['gatehouse/a/status=offline']);
  expect(await retained(memory, 'gatehouse/a/#')).toEqual(['gatehouse/a/status=offline', 'gatehouse/a=top']);
  expect(await retained(memory, 'gatehouse/+/status')).toEqual([
    'gatehouse/a/status=offline',
    'gatehouse/b/status=online',
  ]);
  expect(await retained(memory, 'gatehouse/+', 'gatehouse/c')).toEqual(['gatehouse/a=top']);
  await memory.storeRetained(packet('gatehouse/a/status', ''));
  expect(await retained(memory, 'gatehouse/a/status')).toEqual([]);
  expect(memory.retainedCount).toBe(2);
});

test('there is room for so many topics and so many bytes; replacing and deleting always fit', async () => {
  const memory = new SessionMemory({ retained: 2, retainedBytes: 10 });
  await memory.storeRetained(packet('a', '12345'));
  expect(memory.hasRoomFor('b', '123456')).toBe(false);
  expect(memory.hasRoomFor('a', '1234567890')).toBe(true);
  await memory.storeRetained(packet('b', '1'));
  expect(memory.hasRoomFor('c', '1')).toBe(false);
  expect(memory.hasRoomFor('c', '')).toBe(true);
  expect(memory.hasRoomFor('b', '12345')).toBe(true);
  await memory.storeRetained(packet('a', ''));
  expect(memory.hasRoomFor('c', '123456789')).toBe(true);
});

test('a QoS 2 message is known from its PUBLISH to its PUBREL, for its own client only', async () => {
  const memory = new SessionMemory({ retained: 1, retainedBytes: 1 });
  await memory.incomingStorePacket({ id: 'a' }, { messageId: 5 });
  expect(memory.isUnreleased('a', 5)).toBe(true);
  expect(memory.isUnreleased('b', 5)).toBe(false);
  await expect(memory.incomingGetPacket({ id: 'a' }, { messageId: 6 })).rejects.toThrow();
  await memory.incomingDelPacket({ id: 'a' }, { messageId: 5 });
  expect(memory.isUnreleased('a', 5)).toBe(false);
  await expect(memory.incomingDelPacket({ id: 'a' }, { messageId: 5 })).rejects.toThrow();
});
