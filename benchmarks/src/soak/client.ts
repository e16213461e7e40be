import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { RookeryClient } from '@rookery/nestjs';
import { answerParent } from '../process/answer.js';
import type { SoakClientCommands } from './commands.js';
import { mixture } from './mixture.js';
import { oneStream } from './one-stream.js';
import { takeSample } from './sample.js';

let client: RookeryClient | undefined;
let url = '';

answerParent<SoakClientCommands>({
  async connect({ port }) {
    Logger.overrideLogger(['warn', 'error', 'fatal']);
    url = `tcp://127.0.0.1:${port}`;
    client = new RookeryClient({ to: 'soak', url });
    await client.connect();
    return null;
  },
  async load({ seconds }) {
    if (client === undefined) throw new Error('load before connect');
    return mixture(client, url, seconds);
  },
  async stream({ direction, items }) {
    if (client === undefined) throw new Error('stream before connect');
    return oneStream(client, direction, items);
  },
  sample: () => takeSample(),
  async close() {
    await client?.close();
    return null;
  },
});
