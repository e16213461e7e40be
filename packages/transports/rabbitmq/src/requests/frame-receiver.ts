import type { Frame, RookeryError } from '@rookery/core';
import type { Message as AmqpMessage } from 'amqplib';
import { propertiesOf } from '../message/properties.js';
import type { Scope } from '../scope.js';
import { readFrame } from './frame-codec.js';

/** Whom frames are for. */
export interface FrameReceiver {
  receive(frame: Frame): void;
  /** Frames on their way may be lost. */
  interrupted(cause: RookeryError): void;
}

/**
 * Hands over the frame that a message is; what is none is logged.
 *
 * @param native what the medium has of it, for people who need it
 */
export function receiveFrame(
  message: AmqpMessage | null,
  { settings, host }: Scope,
  receiver: FrameReceiver,
  native?: unknown,
): void {
  if (!message) return;
  const { clock, logger } = host;
  try {
    receiver.receive(readFrame(propertiesOf(message), message.content, clock, settings.maxClockSkew, native));
  } catch (error) {
    logger.warn(`a message from ${message.fields.routingKey} is no frame and was dropped: ${String(error)}`);
  }
}
