import type { ConnectionPool } from '@platformatic/kafka';
import type { Transport } from '@rookery/core';

/** Cuts all connections of a transport, as a network would. */
export function cut(transport: Transport): void {
  const { connections } = transport.unwrap() as { connections: readonly ConnectionPool[] };
  for (const pool of connections) for (const [, { socket }] of [...pool]) socket.destroy();
}

/** Ends a transport as a crash would: without a word to the brokers. */
export async function kill(transport: Transport): Promise<void> {
  const { connections } = transport.unwrap() as { connections: readonly ConnectionPool[] };
  cut(transport);
  for (const pool of connections) await pool.close();
  await transport.close();
}
