import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { RookeryClient } from '@rookery/nestjs';
import { answerParent } from '../process/answer.js';
import type { SoakClientCommands } from './commands.js';
import { mixture } from './mixture.js';
import { takeSample } from './sample.js';

let client: RookeryClient | undefined;

answerParent<SoakClientCommands>({
  async connect({ port }) {
    Logger.overrideLogger(['warn', 'error', 'fatal']);
    client = new RookeryClient({ to: 'soak', url: `tcp://127.0.0.1:${port}` });
    await client.connect();
    return null;
  },
  async load({ seconds }) {
    if (client === undefined) throw new Error('load before connect');
    return mixture(client, seconds);
  },
  sample: () => takeSample(),
});
