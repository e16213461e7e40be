import { ConfigurationError, type FromUrl } from '@rookery/core';
import { parseAddress, urlOf } from './address.js';
import { tcp } from './tcp.js';

/** A server listens at its one url; a client finds services where `services` says. */
export const fromUrl: FromUrl = (given) => {
  const { role, urls, services, insecure, security, wires, serviceWires = {} } = given;
  const options = {
    insecure,
    tls: security?.tls,
    secret: security?.secrets,
    wires,
    services: Object.fromEntries(
      Object.entries(services).map(([name, list]) => [
        name,
        { addresses: list.map(String), wire: serviceWires[name] },
      ]),
    ),
  };
  if (role === 'client') return tcp(options);
  const [address, ...others] = urls.map(parseAddress);
  if (!address || others.length > 0) {
    const given = urls.map((url) => urlOf(parseAddress(url))).join(', ');
    throw new ConfigurationError(`a service listens at one address, not at ${given || 'none'}`);
  }
  return tcp({ ...options, listen: address });
};
