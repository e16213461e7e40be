import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { RookeryClient } from '@rookery/nestjs';
import { firstValueFrom } from 'rxjs';
import type { Calls, Member } from '../../calls.js';
import { patterns } from '../math-controllers.js';

const { sum, echo } = patterns;

/** `client.request`: promises all the way. */
export async function connectToRequest(port: number): Promise<Calls> {
  const client = await connected(port);
  return {
    sum: (numbers) => client.request<number>(sum, numbers),
    echo: (member) => client.request<Member>(echo, member),
  };
}

/** `client.send`, as with any ClientProxy. */
export async function connectToSend(port: number): Promise<Calls> {
  const client = await connected(port);
  return {
    sum: (numbers) => firstValueFrom(client.send<number>(sum, numbers)),
    echo: (member) => firstValueFrom(client.send<Member>(echo, member)),
  };
}

async function connected(port: number): Promise<RookeryClient> {
  Logger.overrideLogger(['warn', 'error', 'fatal']);
  const client = new RookeryClient({ to: 'math', url: `tcp://127.0.0.1:${port}` });
  await client.connect();
  return client;
}
