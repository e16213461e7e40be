import { ConfigurationError, type Wire } from '@rookery/core';
import { assertNestWire, type ListeningSide } from './rule.js';

/** Where a service is, and what is spoken there. */
export interface ServiceEntry {
  /** One address, or one for each replica, as `tcp://host:port`. */
  readonly addresses: string | readonly string[];
  /** `nest` for a service that runs on stock Nest's TCP transport. Default `rookery`. */
  readonly wire?: Wire | undefined;
}

/** Addresses alone are a service that speaks Rookery's own wire. */
export type ServiceAddresses = string | readonly string[] | ServiceEntry;

/** The options of {@link TcpOptions} that say which wires are spoken. */
export interface WireOptions {
  /**
   * What a listening side speaks: `nest` also serves plain Nest TCP clients, on the same port. Only with mutual TLS or
   * on loopback, never beside a secret. Default `['rookery']`.
   */
  readonly wires?: readonly Wire[] | undefined;
}

/** See {@link WireOptions}. */
export interface WireSettings {
  /** What is spoken where this process listens. */
  readonly served: ReadonlySet<Wire>;
  /** The services that are called on the stock wire. */
  readonly stockServices: ReadonlySet<string>;
}

const WIRES: ReadonlySet<string> = new Set<Wire>(['rookery', 'nest']);

/** @throws ConfigurationError that says why a wire cannot be spoken */
export function wiresOf(
  { wires = ['rookery'] }: WireOptions,
  services: Readonly<Record<string, ServiceAddresses>>,
  listening: ListeningSide | undefined,
): WireSettings {
  for (const wire of wires) assertWire(wire, 'wires');
  if (wires.length === 0) throw new ConfigurationError("wires is empty; the default is ['rookery']");
  const served = new Set(wires);
  if (listening && served.has('nest')) assertNestWire(listening);
  const stockServices = new Set<string>();
  for (const [service, entry] of Object.entries(services)) {
    if (!isEntry(entry) || entry.wire === undefined) continue;
    assertWire(entry.wire, `services: the wire of '${service}'`);
    if (entry.wire === 'nest') stockServices.add(service);
  }
  return { served, stockServices };
}

/** The addresses of an entry, whatever form it has. */
export function addressesIn(entry: ServiceAddresses): readonly string[] {
  const addresses = isEntry(entry) ? entry.addresses : entry;
  return typeof addresses === 'string' ? [addresses] : addresses;
}

function isEntry(entry: ServiceAddresses): entry is ServiceEntry {
  return typeof entry === 'object' && !Array.isArray(entry);
}

function assertWire(wire: string, where: string): void {
  if (!WIRES.has(wire))
    throw new ConfigurationError(`${where}: '${wire}' is no wire; there are rookery, nest`);
}
