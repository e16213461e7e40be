import type { Payload } from './load/payload.js';

/** One load: contenders are compared with each other within a cell. */
export interface Cell {
  readonly payload: Payload;
  readonly inFlight: number;
}

/** What one contender did in one cell of one round, in fresh processes. */
export interface Measurement extends Cell {
  readonly contender: string;
  readonly round: number;
  readonly calls: number;
  readonly seconds: number;
  /** Of events: how many were accepted. */
  readonly callsPerSecond: number;
  /** Of events: how many were handled, from the first call until the last was. */
  readonly handledPerSecond: number | undefined;
  /** Latencies in microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** User and system time of the process in microseconds, divided by the calls. */
  readonly clientCpuPerCall: number;
  readonly serverCpuPerCall: number;
  /** The same of the broker; undefined where there is none, or it is somebody else's. */
  readonly brokerCpuPerCall: number | undefined;
  /** Share of all cores that other processes took meanwhile, 0 to 1. */
  readonly disturbance: number;
}

/** A measurement that did not come to an end, and why. */
export interface Failure extends Cell {
  readonly contender: string;
  readonly round: number;
  readonly reason: string;
}
