import { ConfigurationError, type FromUrl } from '@rookery/core';
import { rabbitmq } from './rabbitmq.js';

/**
 * `amqp://user:password@host:port/vhost`, or `amqps:` for TLS; several are the nodes of one cluster. On the stock wire a service's
 * queue has the service's name.
 *
 * @throws ConfigurationError when a secret is asked for, which this transport does not have
 */
export const fromUrl: FromUrl = ({ urls, topology, security, wires = [], serviceWires = {} }) => {
  if (security?.secrets?.length)
    throw new ConfigurationError('amqp: has no shared secret; the name and password are in the url');
  const stock = Object.entries(serviceWires).filter(([, wire]) => wire === 'nest');
  return rabbitmq({
    url: urls.map(String),
    topology,
    tls: security?.tls,
    nest: wires.includes('nest') ? {} : undefined,
    services: Object.fromEntries(stock.map(([service]) => [service, { wire: 'nest' }])),
  });
};
