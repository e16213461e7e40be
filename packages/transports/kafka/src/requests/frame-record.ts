import { bodyBytes, bodyOfFrame, frameIn, frameText, type Frame } from '@rookery/core';
import { headerOf, type FetchedRecord } from '../fetch/fetched-record.js';

/** Whose frame it is; nobody else reads further. */
const TO = 'rookery-to';
/** Everything of a frame but its body, as JSON. */
const FRAME = 'rookery-frame';

/** What a frame is as a record, wherever it goes. */
export interface FrameContent {
  readonly headers: readonly (readonly [string, string])[];
  readonly value: Buffer | undefined;
}

/** @param to the address it is for; left out for any replica of the service whose topic it goes to */
export function encodeFrame(frame: Frame, to?: string): FrameContent {
  const described = [FRAME, frameText(frame)] as const;
  return {
    headers: to === undefined ? [described] : [[TO, to], described],
    value: bodyBytes(bodyOfFrame(frame)),
  };
}

/** The address that a record is for. */
export function addresseeOf(record: FetchedRecord): string | undefined {
  return headerOf(record, TO);
}

/**
 * The frame of a record; `undefined` when it is none: anybody may write to a topic.
 *
 * @param now milliseconds since the Unix epoch; a request's time has run since it was sent
 */
export function decodeFrame(record: FetchedRecord, now: number): Frame | undefined {
  return frameIn(headerOf(record, FRAME) ?? 'null', record.value, now - record.timestamp, record);
}
