import type { Message as AmqpMessage } from 'amqplib';
import type { Table } from './application-headers.js';

/** The properties of a message that this transport reads; anybody may have sent it. */
export interface Properties {
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly replyTo: string | undefined;
  readonly type: string | undefined;
  readonly contentType: string | undefined;
  readonly headers: Table;
}

export function propertiesOf({ properties }: AmqpMessage): Properties {
  if ((properties as Partial<Properties>).headers) return properties as Properties;
  const { headers = {}, ...others } = properties as Partial<Properties>;
  return { ...others, headers } as Properties;
}
