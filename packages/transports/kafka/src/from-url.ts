import { ConfigurationError, type FromUrl } from '@rookery/core';
import { kafka } from './kafka.js';

/**
 * `kafka://host:port`, or several brokers, separated by commas.
 *
 * @throws ConfigurationError when one is no address, or something is asked for that there is not yet
 */
export const fromUrl: FromUrl = ({ urls, security, wires, serviceWires, topology }) => {
  if (security?.tls || urls.some(({ protocol }) => protocol === 'kafkas:'))
    throw new ConfigurationError('kafka: has no TLS yet; leave out tls, and write kafka://');
  return kafka({ brokers: urls.map(String), wires, serviceWires, topology });
};
