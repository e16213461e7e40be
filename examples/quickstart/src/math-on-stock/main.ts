import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { MathModule } from '../math/math.module.js';

async function bootstrap() {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(MathModule, {
    transport: Transport.TCP,
    options: { port: 3002 },
  });
  app.enableShutdownHooks();
  await app.listen();
}
await bootstrap();
