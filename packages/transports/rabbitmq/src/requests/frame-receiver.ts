import type { Frame, RookeryError } from '@rookery/core';
import type { Channel, Message as AmqpMessage } from 'amqplib';
import { propertiesOf } from '../message/properties.js';
import type { Scope } from '../scope.js';
import { framesIn } from './frame-batch.js';
import { readFrame } from './frame-codec.js';

/** Whom frames are for. */
export interface FrameReceiver {
  receive(frame: Frame): void;
  /** Frames on their way may be lost. */
  interrupted(cause: RookeryError): void;
}

/**
 * Hands over the frames that a message is; what is none is logged.
 *
 * @param channel that it has come over, for people who need what the medium has of a request
 */
export function receiveFrame(
  message: AmqpMessage | null,
  { settings, host }: Scope,
  receiver: FrameReceiver,
  channel?: Channel,
): void {
  if (!message) return;
  const dropped = (error: unknown): void =>
    host.logger.warn(
      `a message from ${message.fields.routingKey} is no frame and was dropped: ${String(error)}`,
    );
  let parts: readonly AmqpMessage[] = [];
  try {
    parts = framesIn(message);
  } catch (error) {
    dropped(error);
  }
  for (const part of parts) {
    try {
      const native = channel && { channel, message: part };
      const frame = readFrame(propertiesOf(part), part.content, host.clock, settings.maxClockSkew, native);
      receiver.receive(frame);
    } catch (error) {
      dropped(error);
    }
  }
}
