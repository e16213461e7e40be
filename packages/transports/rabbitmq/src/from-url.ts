import { ConfigurationError, type FromUrl } from '@rookery/core';
import { rabbitmq } from './rabbitmq.js';

/**
 * `amqp://user:password@host:port/vhost`, or `amqps:` for TLS; several are the nodes of one cluster.
 *
 * @throws ConfigurationError when the stock wire, certificates or a secret are asked for, which this transport does not have yet
 */
export const fromUrl: FromUrl = ({ urls, topology, security, wires = [], serviceWires = {} }) => {
  if ([...wires, ...Object.values(serviceWires)].includes('nest'))
    throw new ConfigurationError("amqp: does not speak stock Nest's wire yet; leave out 'nest'");
  if (security?.tls)
    throw new ConfigurationError(
      'amqp: takes no certificates yet; amqps: urls use those that Node.js trusts',
    );
  if (security?.secrets?.length)
    throw new ConfigurationError('amqp: has no shared secret; the name and password are in the url');
  return rabbitmq({ url: urls.map(String), topology });
};
