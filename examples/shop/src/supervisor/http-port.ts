import { freePorts, whyTaken } from './free-ports.js';
import { CannotStart } from './cannot-start.js';

const HOW = 'Choose another: PORT=3100 npm start';

/**
 * The port that PORT asks for: 3000 when it says nothing, any free one for 0.
 *
 * @throws CannotStart when it is no port, or nobody can listen on it
 */
export async function httpPort(wanted: string | undefined): Promise<number> {
  const port = wanted === undefined || wanted === '' ? 3000 : Number(wanted);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new CannotStart(`PORT is '${wanted}', which is no port: a number from 0 (any free one) to 65535.`);
  if (port === 0) return (await freePorts(1))[0] ?? 0;
  const why = await whyTaken(port);
  switch (why) {
    case undefined:
      return port;
    case 'EADDRINUSE':
      throw new CannotStart(`Port ${port} is taken by another program. ${HOW}`);
    case 'EACCES':
      throw new CannotStart(`You may not listen on port ${port}. ${HOW}`);
    default:
      throw new CannotStart(`Nobody can listen on port ${port} (${why}). ${HOW}`);
  }
}
