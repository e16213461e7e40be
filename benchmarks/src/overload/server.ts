import 'reflect-metadata';
import type { AddressInfo, Server } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { answerParent } from '../process/answer.js';
import { cpu } from './cpu.js';
import type { OverloadServerCommands } from './commands.js';
import { OverloadController } from './overload-controller.js';

/** Milliseconds between two looks. */
const LOOK = 20;

@Module({ controllers: [OverloadController] })
class OverloadModule {}

const held = { waiting: 0, heapMiB: 0 };

answerParent<OverloadServerCommands>({
  async start({ mode }) {
    const service = rookery({
      service: 'overload',
      url: 'tcp://127.0.0.1:0',
      ...(mode === 'waiting' ? { requests: { concurrency: 10 } } : {}),
    });
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(OverloadModule, {
      ...service,
      logger: ['warn', 'error', 'fatal'],
    });
    await app.listen();
    setInterval(() => {
      held.waiting = Math.max(held.waiting, service.strategy.describe().now['waiting'] ?? 0);
      held.heapMiB = Math.max(held.heapMiB, process.memoryUsage().heapUsed / 2 ** 20);
    }, LOOK);
    return (app.unwrap<Server>().address() as AddressInfo).port;
  },
  held: () => held,
  cpu,
});
