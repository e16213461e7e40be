import { ConfigurationError } from '../errors/conditions.js';
import { currentRuntime } from '../runtime/runtime.js';
import type { TransportFactory } from '../transport/factory.js';
import type { ConnectionSecurity } from '../transport/security.js';
import { parseTopology } from '../transport/topology.js';
import type { Wire } from '../transport/wire.js';
import { readEnvironment, type Environment } from './environment.js';
import { assertScheme, loadTransport, type ImportPackage } from './load-transport.js';
import type { ConnectionOptions } from './options.js';
import { mediumOf, parseUrls, schemeOf } from './urls.js';

/** What a connection will be, known without loading or connecting anything. */
export interface ResolvedConnection {
  readonly scheme: string;
  /** Who this process is on it. */
  readonly service: string | undefined;
  readonly production: boolean;
  load(): Promise<TransportFactory>;
}

/** Media on which `url` is an address of one service and not of a broker that all share. */
const DIRECT = new Set(['tcp']);

/**
 * What a service's own connection is.
 *
 * @param where how the options are written in code, for messages: `rookery({ … })`
 * @throws ConfigurationError
 */
export function resolveServer(
  options: ConnectionOptions & { wires?: readonly Wire[] },
  service: string,
  where: string,
  importPackage: ImportPackage,
): ResolvedConnection {
  const environment = readEnvironment();
  const lent = lentConnection(options, service, environment);
  if (lent) return lent;
  if (options.transport) return given(options.transport, service, environment);
  const url = environment.url ?? options.url;
  if (!url) throw missingUrl(where);
  return byUrl(
    'server',
    url,
    environment.url ? 'ROOKERY_URL' : `url of ${where}`,
    service,
    options,
    environment,
    importPackage,
  );
}

/**
 * What a connection is that only calls. On a direct transport the address of `to` is looked for in this order:
 * ROOKERY_SERVICES, `services`, `url`, ROOKERY_URL; on a broker, ROOKERY_URL beats `url`.
 *
 * @param environment default: the process's own
 * @throws ConfigurationError
 */
export function resolveClient(
  options: ConnectionOptions & { to?: string | undefined; wire?: Wire },
  from: string | undefined,
  where: string,
  importPackage: ImportPackage,
  environment: Environment = readEnvironment(),
): ResolvedConnection {
  const service = from ?? environment.service;
  const lent = lentConnection(options, service, environment);
  if (lent) return lent;
  if (options.transport) return given(options.transport, service, environment);
  const known = { ...urlsOf(options.services), ...environment.services };
  const scheme = environment.url ?? options.url ?? Object.values(known)[0];
  if (!scheme) throw missingUrl(where);
  const source = environment.url ? 'ROOKERY_URL' : `url of ${where}`;
  const direct = DIRECT.has(mediumOf(scheme, source));
  const own =
    options.url && mediumOf(options.url, where) === mediumOf(scheme, source) ? options.url : undefined;
  const url = direct ? (own ?? scheme) : scheme;
  const { to, wire } = options;
  const services = direct && to && !known[to] ? { [to]: url } : {};
  const serviceWires = to && wire ? { [to]: wire } : {};
  return byUrl(
    'client',
    url,
    source,
    service,
    { ...options, services: { ...services, ...options.services }, serviceWires },
    environment,
    importPackage,
  );
}

/**
 * The transport that the runtime lends takes the place of all others, but keeps the scheme of what it replaces, so that
 * handlers pinned to a transport bind as they would.
 */
function lentConnection(
  { transport, url }: ConnectionOptions,
  service: string | undefined,
  environment: Environment,
): ResolvedConnection | undefined {
  const lent = currentRuntime().transport;
  if (!lent) return undefined;
  const scheme = transport?.scheme ?? (url === undefined ? lent.scheme : mediumOf(url, 'url'));
  return { ...given(lent, service, environment), scheme };
}

function given(
  factory: TransportFactory,
  service: string | undefined,
  environment: Environment,
): ResolvedConnection {
  const { production } = environment;
  return { scheme: factory.scheme, service, production, load: () => Promise.resolve(factory) };
}

function byUrl(
  role: 'server' | 'client',
  url: string,
  source: string,
  service: string | undefined,
  options: ConnectionOptions & { wires?: readonly Wire[]; serviceWires?: Readonly<Record<string, Wire>> },
  environment: Environment,
  importPackage: ImportPackage,
): ResolvedConnection {
  const urls = parseUrls(url, source);
  const scheme = schemeOf(url, source);
  assertScheme(scheme);
  const all = { ...urlsOf(options.services), ...environment.services };
  const serviceWires = { ...wiresIn(options.services), ...options.serviceWires };
  const { wires, insecure = false } = options;
  const topology = environment.topology ?? parseTopology(options.topology, 'topology');
  const services: Record<string, URL[]> = {};
  const medium = mediumOf(url, source);
  if (DIRECT.has(medium)) {
    for (const [name, address] of Object.entries(all)) {
      const addresses = parseUrls(address, `the address of '${name}' in services`);
      // Written for another medium; ROOKERY_URL has moved the system to this one.
      if (mediumOf(address, name) === medium) services[name] = addresses;
    }
  }
  const load = async (): Promise<TransportFactory> => {
    const fromUrl = await loadTransport(scheme, importPackage);
    const security = securityOf(options, environment);
    return fromUrl({ role, urls, services, insecure, wires, serviceWires, security, topology });
  };
  return { scheme: medium, service, production: environment.production, load };
}

function securityOf({ tls, secret }: ConnectionOptions, { security }: Environment): ConnectionSecurity {
  const given = typeof secret === 'string' ? [secret] : secret;
  return {
    tls: tls || security.tls ? { ...tls, ...security.tls } : undefined,
    secrets: security.secrets ?? given,
  };
}

function urlsOf(services: ConnectionOptions['services'] = {}): Record<string, string> {
  const entries = Object.entries(services);
  return Object.fromEntries(entries.map(([name, at]) => [name, typeof at === 'string' ? at : at.url]));
}

function wiresIn(services: ConnectionOptions['services'] = {}): Record<string, Wire> {
  const wires: Record<string, Wire> = {};
  for (const [name, at] of Object.entries(services)) {
    if (typeof at !== 'string' && at.wire) wires[name] = at.wire;
  }
  return wires;
}

function missingUrl(where: string): ConfigurationError {
  return new ConfigurationError(
    `${where} does not say where to connect: set url (for example 'tcp://127.0.0.1:3001' or 'memory:') or ROOKERY_URL`,
  );
}
