import { ConfigurationError } from '../errors/conditions.js';
import { currentRuntime } from '../runtime/runtime.js';
import type { ConnectionSecurity } from '../transport/security.js';
import { parseTopology, type Topology } from '../transport/topology.js';

/** What the environment says; it beats `url` and `services` in the code, never `transport`. */
export interface Environment {
  /** `ROOKERY_URL` */
  readonly url: string | undefined;
  /** Who this process is, where the code does not say: the runtime's name, else `ROOKERY_SERVICE`. */
  readonly service: string | undefined;
  /** `ROOKERY_SERVICES`, as `math=tcp://10.0.0.5:3001,users=tcp://10.0.0.6:3001` */
  readonly services: Readonly<Record<string, string>>;
  /** `ROOKERY_TLS_CA`, `ROOKERY_TLS_CERT`, `ROOKERY_TLS_KEY` and `ROOKERY_SECRET`. */
  readonly security: ConnectionSecurity;
  /** `ROOKERY_TOPOLOGY` */
  readonly topology: Topology | undefined;
  /** `NODE_ENV` is `production`. */
  readonly production: boolean;
}

/** @throws ConfigurationError when `ROOKERY_SERVICES` or `ROOKERY_TOPOLOGY` cannot be read */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  return {
    url: variables['ROOKERY_URL'] || undefined,
    service: currentRuntime().service ?? (variables['ROOKERY_SERVICE'] || undefined),
    services: parseServices(variables['ROOKERY_SERVICES'] ?? ''),
    security: readSecurity(variables),
    topology: parseTopology(variables['ROOKERY_TOPOLOGY'] || undefined, 'ROOKERY_TOPOLOGY'),
    production: variables['NODE_ENV'] === 'production',
  };
}

function readSecurity(variables: NodeJS.ProcessEnv): ConnectionSecurity {
  const secrets = (variables['ROOKERY_SECRET'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const tls = Object.fromEntries(
    (['ca', 'cert', 'key'] as const).flatMap((part) => {
      const path = variables[`ROOKERY_TLS_${part.toUpperCase()}`];
      return path ? [[part, path]] : [];
    }),
  );
  return {
    ...(Object.keys(tls).length > 0 ? { tls } : {}),
    ...(secrets.length > 0 ? { secrets } : {}),
  };
}

/** Commas separate services, and also the hosts of one: a part without `name=` belongs to the service before it. */
function parseServices(text: string): Record<string, string> {
  const services: Record<string, string> = {};
  let last: string | undefined;
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const named = /^([^=:/]+)=(.+)$/.exec(part);
    if (named?.[1] && named[2]) {
      last = named[1];
      services[last] = named[2];
    } else if (last !== undefined) {
      services[last] += `,${part}`;
    } else {
      throw new ConfigurationError(
        `ROOKERY_SERVICES cannot be read at "${part}": write math=tcp://host:port,users=tcp://host:port`,
      );
    }
  }
  return services;
}
