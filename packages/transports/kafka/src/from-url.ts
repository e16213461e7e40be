import type { FromUrl } from '@rookery/core';
import { kafka } from './kafka.js';

/**
 * `kafka://user:password@host:port/namespace`, or `kafkas:` for TLS; several brokers are separated by commas.
 *
 * @throws ConfigurationError when one is no address, or something is asked for that there is not yet
 */
export const fromUrl: FromUrl = ({ urls, security, wires, serviceWires, topology }) =>
  kafka({ brokers: urls.map(String), tls: security?.tls, wires, serviceWires, topology });
