import { tcp } from '@rookery/tcp';
import type { FaultSubject } from '@rookery/testing';

/** TCP with its defaults, heartbeats and handshakes aside, for the scenarios of faults. */
export const faultSubject: FaultSubject = {
  name: 'tcp',
  replica: new URL('fault-replica.ts', import.meta.url),
  caller: ({ service, places, heartbeat }) =>
    tcp({ services: { [service]: places.map(({ host, port }) => `tcp://${host}:${port}`) }, heartbeat }),
  // The two highest bytes of a frame's length, and its type.
  fragile: [0, 1, 4],
  // The magic, and the length and type of a HELLO that is 16,000 bytes long.
  halfGreeting: Buffer.from('RKRY\0\0\x3e\x80\x01{', 'latin1'),
};
