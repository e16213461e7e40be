import 'reflect-metadata';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import type { Calls, Member } from '../../calls.js';
import { patterns } from '../math-controllers.js';

const { sum, echo } = patterns;

export async function connect(port: number): Promise<Calls> {
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  await client.connect();
  return {
    sum: (numbers) => firstValueFrom(client.send<number>(sum, numbers)),
    echo: (member) => firstValueFrom(client.send<Member>(echo, member)),
  };
}
