import type { ChannelModel } from 'amqplib';
import { publishFrames, type PublishFields } from './publish-frames.js';

/** What amqplib's connection has for itself; that of another version may not have it. */
interface Inside {
  sendMessage?(
    channel: number,
    method: number,
    fields: PublishFields,
    properties: number,
    props: PublishFields,
    content: Buffer,
  ): boolean;
  readonly channels?: readonly ({ readonly buffer: { write(bytes: Buffer): boolean } } | null)[];
  sentSinceLastCheck?: boolean;
}

/** Has what is published over a connection written by {@link publishFrames}; all else that amqplib does stays as it is. */
export function publishQuickly(model: ChannelModel): void {
  const connection = model.connection as unknown as Inside;
  const sendMessage = connection.sendMessage?.bind(connection);
  if (!sendMessage || !connection.channels || connection.sentSinceLastCheck === undefined) return;
  connection.sendMessage = (channel, method, fields, properties, props, content) => {
    const buffer = connection.channels?.[channel]?.buffer;
    const frames = buffer && publishFrames(channel, fields, content);
    if (!frames) return sendMessage(channel, method, fields, properties, props, content);
    connection.sentSinceLastCheck = true;
    return buffer.write(frames);
  };
}
