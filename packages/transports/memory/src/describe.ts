import type { TransportDescription } from '@rookery/core';

export const SCHEME = 'memory';

/** The URL of a bus; one without a name has none of its own. */
function urlOf(bus: string | object): string {
  return bus === '' || typeof bus === 'object' ? `${SCHEME}:` : `${SCHEME}://${bus}`;
}

export function describeBus(bus: string | object): TransportDescription {
  return { scheme: SCHEME, addresses: [urlOf(bus)] };
}
