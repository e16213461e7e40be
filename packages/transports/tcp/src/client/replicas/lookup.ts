import { lookup } from 'node:dns/promises';

/** Gives every IP address of a host name; rejects when it cannot. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** The machine's own resolver, which honours /etc/hosts. It may give one address twice. */
export const systemLookup: Lookup = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);
