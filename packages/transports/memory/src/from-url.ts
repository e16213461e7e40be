import { ConfigurationError, type FromUrl } from '@rookery/core';
import { memory } from './memory.js';

/**
 * `memory:` or `memory://name`.
 *
 * @throws ConfigurationError when there are several addresses, or one says more than a name
 */
export const fromUrl: FromUrl = ({ urls }) => {
  const [url, ...more] = urls;
  if (!url || more.length > 0)
    throw new ConfigurationError(`memory: takes one address, the name of a bus; there are ${urls.length}`);
  const bus = url.host;
  if (url.href !== (bus === '' ? 'memory:' : `memory://${bus}`))
    throw new ConfigurationError(
      `memory: takes only the name of a bus, as in memory://orders, not ${url.href}`,
    );
  return memory({ bus });
};
