import { promisify } from 'node:util';
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import type { Member } from '../../calls.js';
import { sumOf } from '../../load/payload.js';
import { mathService } from './service.js';

const sum: handleUnaryCall<number[], number> = (call, answer) => answer(null, sumOf(call.request));
const echo: handleUnaryCall<Member, Member> = (call, answer) => answer(null, call.request);

export async function startServer(): Promise<number> {
  const server = new Server();
  server.addService(mathService, { sum, echo });
  const bind = promisify(server.bindAsync.bind(server));
  return bind('127.0.0.1:0', ServerCredentials.createInsecure());
}
