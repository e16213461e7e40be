// A replica in a process of its own: `<url> <prefix> <file>`. It adds a line to the file for each event that it handles: the key, the
// event's number, its fencing token and its process, once it has worked on it for some milliseconds.
import { appendFileSync } from 'node:fs';
import type { MessageContext } from '@rookery/core';
import { pause } from '@rookery/testing';
import { party } from './parties.ts';

const [url = '', prefix = '', file = ''] = process.argv.slice(2);
const { server, log } = party(url, 'stock', { prefix });

server.on(['moved'], { endpoint: 'move', ordered: true }, async (data, { fencingToken }: MessageContext) => {
  const { key, n } = data as { key: string; n: number };
  await pause(n % 4);
  appendFileSync(file, `${key} ${n} ${fencingToken} ${process.pid}\n`);
});
process.once('SIGTERM', () => void server.close().then(() => process.exit()));
process.on('exit', () => console.log(log.join('\n')));
await server.start();
console.log('ready');
