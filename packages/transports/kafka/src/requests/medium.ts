import {
  encodeFailure,
  type Clock,
  type Frame,
  type FrameMedium,
  type Posted,
  type RequestFrame,
  type RookeryError,
} from '@rookery/core';
import { NOBODY } from '../nest-wire/incoming-reply.js';
import { stockRequest } from '../nest-wire/outgoing-request.js';
import type { Outgoing } from '../produce/outgoing.js';
import type { Names } from '../topics/names.js';
import { partitionOf } from './addresses.js';
import { encodeFrame } from './frame-record.js';

/** Milliseconds after which a frame is not worth sending any more; a request is withdrawn when its caller gives up. */
const FRAME_TIMEOUT = 60_000;

/** Sends frames: requests to the topic of a service, all else to the partition of an address. */
export class KafkaMedium implements FrameMedium {
  readonly #outgoing: Outgoing;
  readonly #clock: Clock;
  readonly #names: Names;
  readonly #receive: (frame: Frame) => void;
  readonly #stockServices: ReadonlySet<string>;
  readonly #partition: () => number;

  /**
   * @param receive takes what this side is to know of frames that cannot be sent
   * @param stockServices those that are on stock Nest
   * @param partition the one of the replies that is read here, once that is known
   */
  constructor(
    outgoing: Outgoing,
    clock: Clock,
    names: Names,
    receive: (frame: Frame) => void,
    stockServices: ReadonlySet<string>,
    partition: () => number,
  ) {
    this.#outgoing = outgoing;
    this.#clock = clock;
    this.#names = names;
    this.#receive = receive;
    this.#stockServices = stockServices;
    this.#partition = partition;
  }

  toService(service: string, frame: RequestFrame): Posted {
    const timestamp = this.#clock.epoch();
    const record = this.#stockServices.has(service)
      ? stockRequest(frame, timestamp, this.#names, this.#partition)
      : { topic: this.#names.requests(service), timestamp, ...encodeFrame(frame) };
    return this.#outgoing.post(record, FRAME_TIMEOUT, (error) => {
      if (error) this.#refused(frame, error);
    });
  }

  toReplica(address: string, frame: Frame): void {
    if (address === NOBODY) return;
    const partition = partitionOf(address);
    const record = {
      topic: this.#names.replies,
      partition,
      timestamp: this.#clock.epoch(),
      ...encodeFrame(frame, address),
    };
    this.#outgoing.post(record, FRAME_TIMEOUT, (error) => {
      if (error) this.#refused(frame, error, address);
    });
  }

  /** A frame that is never taken ends its call, on both sides; one that only was not taken in time is for the deadline. */
  #refused(frame: Frame, error: RookeryError, address?: string): void {
    if (error.recourse !== 'terminal') return;
    const { call } = frame;
    const failure: Frame = { type: 'failure', call, failure: encodeFailure(error, false) };
    // Later: whoever posts it does not know yet that it has done so.
    this.#clock.defer(() => {
      if (frame.type === 'request' || address === undefined) this.#receive(failure);
      else if (frame.type === 'reply') {
        this.toReplica(address, failure);
        this.#receive({ type: 'cancel', call });
      } else if (frame.type === 'item') {
        this.#receive(failure);
        this.toReplica(address, { type: 'cancel', call });
      }
    });
  }
}
