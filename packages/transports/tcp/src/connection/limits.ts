import { ConfigurationError } from '@rookery/core';
import { atLeast, wholeAtLeast } from '../number-option.js';

const MIB = 1024 * 1024;

/**
 * With more bytes than this waiting for the peer to read, a server reads no more from it and a caller sends it no new
 * calls, until it is down to {@link LOW_WATER}.
 */
export const HIGH_WATER = MIB;

/** See {@link HIGH_WATER}. */
export const LOW_WATER = MIB / 4;

/** The options of {@link tcp} that bound what others can make this process hold. */
export interface TcpLimits {
  /**
   * How many requests of one connection are served at once; more fail with QueueFull, not started. Callers are told and
   * hold the rest back. Default 10,000.
   */
  readonly maxRequests?: number | undefined;
  /** How many requests of all connections are served at once; more fail with QueueFull, not started. Default 50,000. */
  readonly maxRequestsInAll?: number | undefined;
  /**
   * How many connections are served at once; more are told so and closed, and their callers try again later.
   * Default 10,000.
   */
  readonly maxConnections?: number | undefined;
  /** How many of these may be in their handshake; more are told so and closed. Default 1,000. */
  readonly maxUnauthenticated?: number | undefined;
  /**
   * Milliseconds for a frame that has begun to be complete, and from one chunk of a large body to the next. Noticed within
   * half as much again. Half a frame closes the connection; half a body is thrown away and its request fails, not started.
   * Default 10,000.
   */
  readonly frameTimeout?: number | undefined;
  /**
   * How many bytes the large requests and events that are arriving on one connection, and the items of uploads that wait
   * for their handlers, may have together; the next fail with QueueFull, not started, or with an outcome unknown if it is an
   * item of an upload (of which a slow handler lets up to 1 MiB and one item wait). Default 64 MiB, or `maxBody` if that is more.
   */
  readonly maxBuffered?: number | undefined;
  /** How many bytes of such have arrived on all connections. Default 512 MiB, or `maxBuffered` if that is more. */
  readonly maxBufferedInAll?: number | undefined;
  /**
   * How many bytes wait for a peer that does not read them; replies beyond that fail with QueueFull, outcome unknown. Far
   * below, at 1 MiB of frames or at half of this in large bodies, a server stops reading from the peer and a caller
   * stops sending calls, until most has left; a peer that then takes nothing for six heartbeats is cut off.
   * Default 64 MiB, or four times `maxBody` if that is more; at least 2 MiB.
   */
  readonly maxBacklog?: number | undefined;
  /**
   * Milliseconds without a call or an event before a server asks a caller to hang up, who connects again when there is
   * need. Looked at once a `heartbeat`. Not done by a service with broadcast endpoints, because who is not connected cannot
   * tell it. `Infinity` for never. Default 600,000.
   */
  readonly idleTimeout?: number | undefined;
}

/** The limits with their defaults, checked. */
export type Limits = { readonly [K in keyof TcpLimits]-?: NonNullable<TcpLimits[K]> };

/** @throws ConfigurationError that names the option and what it has to be */
export function limitsOf(options: TcpLimits, maxBody: number): Limits {
  const maxBuffered = wholeAtLeast(
    maxBody,
    'maxBuffered (not less than maxBody)',
    options.maxBuffered ?? Math.max(64 * MIB, maxBody),
  );
  return {
    maxRequests: wholeAtLeast(1, 'maxRequests', options.maxRequests ?? 10_000),
    maxRequestsInAll: wholeAtLeast(1, 'maxRequestsInAll', options.maxRequestsInAll ?? 50_000),
    maxConnections: wholeAtLeast(1, 'maxConnections', options.maxConnections ?? 10_000),
    maxUnauthenticated: wholeAtLeast(1, 'maxUnauthenticated', options.maxUnauthenticated ?? 1_000),
    frameTimeout: atLeast(2, 'frameTimeout', options.frameTimeout ?? 10_000),
    maxBuffered,
    maxBufferedInAll: wholeAtLeast(
      maxBuffered,
      'maxBufferedInAll (not less than maxBuffered)',
      options.maxBufferedInAll ?? Math.max(512 * MIB, maxBuffered),
    ),
    maxBacklog: wholeAtLeast(
      2 * HIGH_WATER,
      'maxBacklog',
      options.maxBacklog ?? Math.max(64 * MIB, 4 * maxBody),
    ),
    idleTimeout: idle(options.idleTimeout ?? 600_000),
  };
}

function idle(ms: number): number {
  if (ms >= 1) return ms;
  throw new ConfigurationError(
    `idleTimeout is ${ms}; it has to be a number of milliseconds, at least 1, or Infinity for never`,
  );
}
