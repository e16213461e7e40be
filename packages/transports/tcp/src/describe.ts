import type { TransportDescription } from '@rookery/core';
import { urlOf } from './address.js';
import type { Listener } from './server/listener.js';
import type { RemoteService } from './client/remote-service.js';

/** Where this process listens and where it finds the others. */
export function describe(
  listener: Listener | undefined,
  services: ReadonlyMap<string, RemoteService>,
): TransportDescription {
  return {
    scheme: 'tcp',
    addresses: listener ? [urlOf(listener.address)] : [],
    services: Object.fromEntries([...services].map(([name, { addresses }]) => [name, addresses])),
    replicas: Object.fromEntries([...services].map(([name, { replicas }]) => [name, replicas])),
  };
}
