// A process of its own, which the scenarios of faults start, kill, stop and start again.
import { tcp } from '@rookery/tcp';
import { runReplica } from '@rookery/testing';

await runReplica(({ place, heartbeat, handshake }) =>
  tcp({ listen: place, heartbeat, connectTimeout: handshake, frameTimeout: handshake }),
);
