import { promisify } from 'node:util';
import { Client, credentials, type MethodDefinition } from '@grpc/grpc-js';
import type { Calls } from '../../calls.js';
import { mathService } from './service.js';

export async function connect(port: number): Promise<Calls> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  await promisify(client.waitForReady.bind(client))(Date.now() + 10_000);

  const call = <Request, Answer>(to: MethodDefinition<Request, Answer>, body: Request) =>
    new Promise<Answer>((resolve, reject) => {
      client.makeUnaryRequest(to.path, to.requestSerialize, to.responseDeserialize, body, (error, answer) => {
        if (error !== null) reject(error);
        else resolve(answer as Answer);
      });
    });
  return {
    sum: (numbers) => call(mathService.sum, numbers),
    echo: (member) => call(mathService.echo, member),
  };
}
