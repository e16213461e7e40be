import { connect, credentials, type ChannelModel } from 'amqplib';
import type { Logger } from '@rookery/core';
import type { Settings } from '../options.js';
import { gatherWrites } from './gather-writes.js';
import { publishQuickly } from './publish-quickly.js';

/** Who amqplib says that it is. */
interface Login {
  readonly mechanism: string;
  response(): Buffer;
}

/** Makes a connection; certificates are what their files are now. */
export async function dial(
  settings: Settings,
  url: URL,
  name: string,
  logger: Logger,
): Promise<ChannelModel> {
  const { connectTimeout, heartbeat, tls } = settings;
  const secure = url.protocol === 'amqps:';
  if (secure) tls?.refresh(logger);
  const target = new URL(url);
  Object.assign(target, { username: '', password: '' }); // amqplib decodes them as Latin-1
  target.searchParams.set('heartbeat', String(Math.ceil(heartbeat / 1_000)));
  const model = await connect(target.href, {
    noDelay: true,
    timeout: connectTimeout,
    clientProperties: { connection_name: name },
    credentials: loginOf(settings, url),
    ...(secure ? tls?.pem : {}),
    ...(secure && tls?.servername !== undefined ? { servername: tls.servername } : {}),
  });
  gatherWrites(model);
  publishQuickly(model);
  return model;
}

/** Whether the certificate says who this side is, in place of a user and a password. */
export function isExternal({ tls }: Settings, url: URL): boolean {
  return (
    url.protocol === 'amqps:' && tls?.pem.cert !== undefined && url.username === '' && url.password === ''
  );
}

function loginOf(settings: Settings, url: URL): Login {
  if (isExternal(settings, url)) return credentials.external();
  const login = credentials.plain(decodeURIComponent(url.username), decodeURIComponent(url.password));
  // Without the password itself: the options of a connection can be seen by whoever has its socket.
  return { mechanism: login.mechanism, response: () => login.response() };
}
