// What every NestJS tutorial has: a service, a client of it, and the two lines that Rookery changes.
import { type AddressInfo, createServer } from 'node:net';
import { Controller, type DynamicModule, Inject, Injectable, type LogLevel, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxy,
  ClientsModule,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
} from '@nestjs/microservices';
import { rookery, RookeryClient } from '@rookery/nestjs';
import { firstValueFrom } from 'rxjs';

@Controller()
class MathController {
  @MessagePattern({ cmd: 'sum' })
  sum(@Payload() numbers: number[]): number {
    return numbers.reduce((sum, number) => sum + number, 0);
  }
}

@Module({ controllers: [MathController] })
export class MathModule {}

@Injectable()
class CalcService {
  constructor(@Inject('MATH_SERVICE') private readonly math: ClientProxy) {}

  sum(numbers: number[]): Promise<number> {
    return firstValueFrom(this.math.send<number>({ cmd: 'sum' }, numbers));
  }
}

@Module({})
class CalcModule {
  static on(url: string): DynamicModule {
    return {
      module: CalcModule,
      imports: [
        ClientsModule.register([
          { name: 'MATH_SERVICE', customClass: RookeryClient, options: { to: 'math', url } },
        ]),
      ],
      providers: [CalcService],
    };
  }
}

/** Starts the service and a client of it, lets the client ask once, and stops both. */
export async function askOnce(url: string, numbers: number[]): Promise<number> {
  const logger: LogLevel[] = ['error', 'warn'];
  const service = await NestFactory.createMicroservice<MicroserviceOptions>(MathModule, {
    ...rookery({ service: 'math', url }),
    logger,
  });
  await service.listen();
  const client = await NestFactory.createApplicationContext(CalcModule.on(url), { logger });
  try {
    return await client.get(CalcService).sum(numbers);
  } finally {
    await client.close();
    await service.close();
  }
}

export async function freeTcpUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `tcp://127.0.0.1:${port}`;
}
