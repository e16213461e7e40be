import type { Socket } from 'node:net';
import type { Transport } from '@rookery/core';

/** amqplib's connection, with the socket that its types do not show. */
interface Model {
  readonly connection: { readonly stream: Socket };
}

/** Breaks the connections of a transport, as a crash of its process would. */
export function cutOff(transport: Transport): void {
  for (const model of Object.values(transport.unwrap() as Record<string, Model | undefined>)) {
    model?.connection.stream.destroy(new Error('cut off by a test'));
  }
}
