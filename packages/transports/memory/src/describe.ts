import type { TransportDescription } from '@rookery/core';

export const SCHEME = 'memory';

/** The URL of a bus. */
function urlOf(bus: string): string {
  return bus === '' ? `${SCHEME}:` : `${SCHEME}://${bus}`;
}

export function describeBus(bus: string): TransportDescription {
  return { scheme: SCHEME, addresses: [urlOf(bus)] };
}
