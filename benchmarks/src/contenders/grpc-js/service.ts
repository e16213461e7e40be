import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import type { Member } from '../../calls.js';

function method<Request, Answer>(path: string): MethodDefinition<Request, Answer> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: encode,
    requestDeserialize: decode as (bytes: Buffer) => Request,
    responseSerialize: encode,
    responseDeserialize: decode as (bytes: Buffer) => Answer,
  };
}

const encode = (body: unknown) => Buffer.from(JSON.stringify(body));
const decode = (bytes: Buffer) => JSON.parse(bytes.toString()) as unknown;

/** The body is JSON, as it is with every other contender. */
export const mathService = {
  sum: method<readonly number[], number>('/bench.Math/Sum'),
  echo: method<Member, Member>('/bench.Math/Echo'),
} satisfies ServiceDefinition;
