import type { Clock, Frame, FrameMedium, Posted, RequestFrame } from '@rookery/core';
import type { Outgoing } from '../produce/outgoing.js';
import { REPLIES, requestsTopic } from '../topics/names.js';
import { partitionOf } from './addresses.js';
import { encodeFrame } from './frame-record.js';

/** Milliseconds after which a frame is not worth sending any more; a request is withdrawn when its caller gives up. */
const FRAME_TIMEOUT = 60_000;

/** Sends frames: requests to the topic of a service, all else to the partition of an address. */
export class KafkaMedium implements FrameMedium {
  readonly #outgoing: Outgoing;
  readonly #clock: Clock;

  constructor(outgoing: Outgoing, clock: Clock) {
    this.#outgoing = outgoing;
    this.#clock = clock;
  }

  toService(service: string, frame: RequestFrame): Posted {
    const record = { topic: requestsTopic(service), timestamp: this.#clock.epoch(), ...encodeFrame(frame) };
    return this.#outgoing.post(record, FRAME_TIMEOUT);
  }

  toReplica(address: string, frame: Frame): void {
    const partition = partitionOf(address);
    const record = {
      topic: REPLIES,
      partition,
      timestamp: this.#clock.epoch(),
      ...encodeFrame(frame, address),
    };
    this.#outgoing.post(record, FRAME_TIMEOUT);
  }
}
