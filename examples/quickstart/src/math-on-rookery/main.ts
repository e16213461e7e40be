import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { MathModule } from '../math/math.module.js';

async function bootstrap() {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    MathModule,
    rookery({ service: 'math', url: 'tcp://127.0.0.1:3002' }),
  );
  app.enableShutdownHooks();
  await app.listen();
}
await bootstrap();
