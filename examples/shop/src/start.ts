/** `npm start`: the shop as four processes; `npm start -- --single`: as one. */
import { parseArgs } from 'node:util';
import { CannotStart } from './supervisor/cannot-start.js';
import { httpPort } from './supervisor/http-port.js';

// Nest's log is coloured unless it is told not to be; the services inherit this.
if (!process.stdout.isTTY) process.env['NO_COLOR'] ??= '1';

try {
  const { single } = readArguments();
  const port = await httpPort(process.env['PORT']);
  if (single) await (await import('./single.js')).startSingle(port);
  else await (await import('./separate.js')).startSeparate(port);
} catch (error) {
  if (!(error instanceof CannotStart)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function readArguments(): { single: boolean } {
  try {
    const { values } = parseArgs({ options: { single: { type: 'boolean', default: false } } });
    return values;
  } catch (error) {
    throw new CannotStart(`${(error as Error).message}. What there is: npm start -- --single`);
  }
}
