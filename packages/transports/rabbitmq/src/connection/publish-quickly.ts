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
  sendMethod?(channel: number, method: number, fields: object): boolean;
  readonly channels?: readonly ({ readonly buffer: Outlet } | null)[];
  sentSinceLastCheck?: boolean;
}

/** Where amqplib puts what a channel sends. */
interface Outlet {
  readonly writableNeedDrain: boolean;
  write(bytes: Buffer): boolean;
}

/** Bytes that are gathered before they go to amqplib, whatever else is published in the turn. */
const MOST = 65_536;

/**
 * Has what is published over a connection written by {@link publishFrames}, and all that is published on a channel in one turn go to
 * amqplib's streams as one piece. Everything on a channel keeps its order, and all else that amqplib does stays as it is.
 */
export function publishQuickly(model: ChannelModel): void {
  const connection = model.connection as unknown as Inside;
  const sendMessage = connection.sendMessage?.bind(connection);
  const sendMethod = connection.sendMethod?.bind(connection);
  const { channels, sentSinceLastCheck } = connection;
  if (!sendMessage || !sendMethod || !channels || sentSinceLastCheck === undefined) return;

  let outlet: Outlet | undefined;
  let gathered: Buffer[] = [];
  let bytes = 0;
  const handOver = (): void => {
    const pieces = gathered;
    if (pieces.length === 0) return;
    gathered = [];
    bytes = 0;
    // A channel that was closed meanwhile takes no more, and nobody waits for it.
    if (outlet && channels.some((each) => each?.buffer === outlet)) outlet.write(joined(pieces));
  };
  connection.sendMessage = (channel, method, fields, properties, props, content) => {
    const buffer = channels[channel]?.buffer;
    const frames = buffer && publishFrames(channel, fields, content);
    if (!frames || buffer !== outlet || bytes + frames.length > MOST) handOver();
    if (!frames) return sendMessage(channel, method, fields, properties, props, content);
    if (gathered.length === 0) queueMicrotask(handOver);
    outlet = buffer;
    gathered.push(frames);
    bytes += frames.length;
    connection.sentSinceLastCheck = true;
    return !buffer.writableNeedDrain;
  };
  connection.sendMethod = (channel, method, fields) => {
    handOver();
    return sendMethod(channel, method, fields);
  };
}

/** Pieces that follow each other in one memory are one already. */
function joined(pieces: readonly Buffer[]): Buffer {
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (!first || !last) return Buffer.alloc(0);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const begin = first.byteOffset;
  return first.buffer === last.buffer && last.byteOffset + last.length - begin === length
    ? Buffer.from(first.buffer, begin, length)
    : Buffer.concat(pieces, length);
}
