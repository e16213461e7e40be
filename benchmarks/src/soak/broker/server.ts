import 'reflect-metadata';
import { openSync, writeSync } from 'node:fs';
import { Controller, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions } from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { logger, moduleOf } from '../../contenders/module-of.js';
import { answerParent } from '../../process/answer.js';
import { takeSample } from '../sample.js';
import type { BrokerServerCommands } from './commands.js';
import { NUMBER_BYTES } from './ledger.js';
import { patternOf, transportOf } from './transport-of.js';

let app: INestMicroservice | undefined;

answerParent<BrokerServerCommands>({
  async start({ file, ...meeting }) {
    const ledger = openSync(file, 'a');
    const bytes = Buffer.alloc(NUMBER_BYTES);

    @Controller()
    class Noted {
      @EventPattern(patternOf(meeting))
      noted(event: object): void {
        bytes.writeUInt32LE((event as { number: number }).number);
        writeSync(ledger, bytes); // the system has it when the handler returns, whatever becomes of this process
      }
    }

    app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(Noted), {
      ...rookery({ service: meeting.name, transport: transportOf(meeting) }),
      logger: logger.filter((level) => level !== 'warn'), // each loss of a connection to a broker that is busy
    });
    await app.listen();
    return null;
  },
  sample: () => takeSample(),
  async close() {
    await app?.close();
    return null;
  },
});
