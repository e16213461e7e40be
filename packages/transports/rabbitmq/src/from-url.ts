import { ConfigurationError, type FromUrl } from '@rookery/core';
import { rabbitmq } from './rabbitmq.js';

/**
 * `amqp://user:password@host:port/vhost`, or `amqps:` for TLS; several are the nodes of one cluster.
 *
 * @throws ConfigurationError when the stock wire or a secret is asked for, which this transport does not have
 */
export const fromUrl: FromUrl = ({ urls, topology, security, wires = [], serviceWires = {} }) => {
  if ([...wires, ...Object.values(serviceWires)].includes('nest'))
    throw new ConfigurationError("amqp: does not speak stock Nest's wire yet; leave out 'nest'");
  if (security?.secrets?.length)
    throw new ConfigurationError('amqp: has no shared secret; the name and password are in the url');
  return rabbitmq({ url: urls.map(String), topology, tls: security?.tls });
};
