import { Connection, saslHandshakeV1 } from '@platformatic/kafka';
import { urlOf, type BrokerUrl } from '../address.js';
import type { Settings } from '../options.js';
import type { connectionOptions } from './connection-options.js';

/** No mechanism has this name, so that the answer lists those that there are. */
const NO_MECHANISM = 'NONE';

/**
 * What is wrong with how this side speaks to a broker that breaks the connection without a word: it may want TLS where there is
 * none, or the reverse, or a user. `undefined` when nothing can be found out.
 */
export async function whatIsWrong(
  broker: BrokerUrl,
  { clientId, connectTimeout }: Settings,
  options: ReturnType<typeof connectionOptions>,
): Promise<string | undefined> {
  const { sasl, ...plainLogin } = options;
  const { tls: _tls, tlsServerName: _name, ...plain } = plainLogin;
  const times = { connectTimeout, requestTimeout: connectTimeout };
  if (options.tls && (await mechanisms(clientId, broker, { ...times, ...plain })))
    return `${urlOf(broker, true)} does not speak TLS, but this side does; write kafka://, or the port for TLS`;
  const taken = sasl ? undefined : await mechanisms(clientId, broker, { ...times, ...plainLogin });
  if (!taken || taken.length === 0) return undefined;
  return `${urlOf(broker, options.tls !== undefined)} wants a user, by SASL (${taken.join(', ')}); write user:password@ into the url`;
}

/** The mechanisms of SASL that the broker takes, none of a port without SASL; `undefined` when it does not answer. */
async function mechanisms(
  clientId: string,
  { host, port }: BrokerUrl,
  options: ConstructorParameters<typeof Connection>[1],
): Promise<readonly string[] | undefined> {
  const connection = new Connection(clientId, options);
  connection.on('error', () => undefined);
  try {
    await connection.connect(host, port);
    const { mechanisms: taken } = await saslHandshakeV1.api.async(connection, NO_MECHANISM);
    return taken;
  } catch (error) {
    const { response } = error as { response?: { mechanisms?: readonly string[] } };
    return response && (response.mechanisms ?? []);
  } finally {
    await connection.close();
  }
}
