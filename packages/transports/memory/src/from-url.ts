import { ConfigurationError, type FromUrl } from '@rookery/core';
import { memory } from './memory.js';

/**
 * `memory:` or `memory://name`.
 *
 * @throws ConfigurationError when there are several addresses, one says more than a name, or the stock wire is asked for
 */
export const fromUrl: FromUrl = ({ urls, wires = [], serviceWires = {} }) => {
  const [url, ...more] = urls;
  if (!url || more.length > 0)
    throw new ConfigurationError(`memory: takes one address, the name of a bus; there are ${urls.length}`);
  const bus = url.host;
  if (url.href !== (bus === '' ? 'memory:' : `memory://${bus}`))
    throw new ConfigurationError(
      `memory: takes only the name of a bus, as in memory://orders, not ${url.href}`,
    );
  if ([...wires, ...Object.values(serviceWires)].includes('nest'))
    throw new ConfigurationError(
      "memory: has no stock wire, because stock Nest has no such transport; leave out 'nest'",
    );
  return memory({ bus });
};
