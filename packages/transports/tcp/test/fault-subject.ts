import { tcp } from '@rookery/tcp';
import type { FaultSubject } from '@rookery/testing';

const HELLO = JSON.stringify({ versions: [1], replica: 'slow', maxFrame: 262_144, maxBody: 1_048_576 });

/** The beginning of a frame: its length and its type, then some of what it holds. */
function frame(length: number, type: number, fields: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(length);
  head.writeUInt8(type, 4);
  return Buffer.concat([head, Buffer.from(fields)]);
}

/** TCP with its defaults, heartbeats and handshakes aside, for the scenarios of faults. */
export const faultSubject: FaultSubject = {
  name: 'tcp',
  replica: new URL('fault-replica.ts', import.meta.url),
  caller: ({ service, places, heartbeat }) =>
    tcp({ services: { [service]: places.map(({ host, port }) => `tcp://${host}:${port}`) }, heartbeat }),
  // The two highest bytes of a frame's length, and its type.
  fragile: [0, 1, 4],
  halfGreeting: Buffer.concat([Buffer.from('RKRY'), frame(16_000, 1, '{')]),
  halfMessage: Buffer.concat([
    Buffer.from('RKRY'),
    frame(HELLO.length + 1, 1, HELLO),
    frame(200, 8, '\x01\x01\x01\x00'.padEnd(20, 'x')),
  ]),
};
