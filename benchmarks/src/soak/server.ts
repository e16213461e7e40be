import 'reflect-metadata';
import type { AddressInfo, Server } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { answerParent } from '../process/answer.js';
import type { SoakServerCommands } from './commands.js';
import { takeSample } from './sample.js';
import { SoakController } from './soak-controller.js';

@Module({ controllers: [SoakController] })
class SoakModule {}

answerParent<SoakServerCommands>({
  async start() {
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(SoakModule, {
      ...rookery({ service: 'soak', url: 'tcp://127.0.0.1:0' }),
      logger: ['warn', 'error', 'fatal'],
    });
    await app.listen();
    return (app.unwrap<Server>().address() as AddressInfo).port;
  },
  handled: () => SoakController.handled,
  sample: () => takeSample(),
});
