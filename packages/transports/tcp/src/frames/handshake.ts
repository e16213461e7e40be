import { PatternTable, type Subscription } from '@rookery/core';
import type { Cursor } from './cursor.js';
import { malformed, MIN_MAX_FRAME, VERSIONS } from './protocol.js';

/** What each side says of itself. */
export interface Introduction {
  /** The service, or `undefined` for an anonymous client. */
  readonly service: string | undefined;
  readonly replica: string;
  /** The largest frame, in bytes without the four of its length, that the sender of this takes. */
  readonly maxFrame: number;
  /** The largest body, in bytes, that the sender of this takes. */
  readonly maxBody: number;
  /** What its sender understands beyond what version 1 began with; see {@link KNOWN}. Names unknown here mean nothing. */
  readonly knows: readonly string[];
}

/** The first frame of the side that connected. */
export interface Hello extends Introduction {
  readonly versions: readonly number[];
  /** Whether it understands a GOODBYE with the reason `idle`. */
  readonly idle: boolean;
  /** Of a caller that has a secret: what makes its handshake differ from all others. */
  readonly nonce: string | undefined;
}

/** A subscription as a publisher sees it; its index in the WELCOME is its number in EVENT frames. */
export type Route = Omit<Subscription, 'service'>;

/** The first frame of the side that listens. */
export interface Welcome extends Introduction {
  /** The version that both speak from now on. */
  readonly version: number;
  readonly subscriptions: readonly Route[];
  /** How many requests the server serves on this connection at once; `Infinity` if it does not say. */
  readonly maxRequests: number;
  /** After a CHALLENGE: that the server has the secret too. */
  readonly proof?: string | undefined;
}

/** What a server with a secret asks a caller to prove it for. */
export interface Challenge {
  readonly nonce: string;
  /** The service that asks. */
  readonly service: string | undefined;
}

/** The fewest characters of a nonce: what is shorter may come twice. */
const MIN_NONCE = 16;

/** The highest version of `offered` that this build speaks; `undefined` when there is none. */
export function commonVersion(offered: readonly number[], spoken = VERSIONS): number | undefined {
  const common = spoken.filter((version) => offered.includes(version));
  return common.length > 0 ? Math.max(...common) : undefined;
}

/** @throws ProtocolViolation */
export function readHello(fields: Cursor): Hello {
  const hello = readObject(fields, 'HELLO');
  const versions = arrayOf(hello['versions'], isNumber, 'HELLO has no list of versions');
  const { nonce } = hello;
  return {
    versions,
    idle: hello['idle'] === true,
    nonce: nonce === undefined ? undefined : nonceOf(hello, 'HELLO'),
    ...introduction(hello, 'HELLO'),
  };
}

/** @throws ProtocolViolation */
export function readChallenge(fields: Cursor): Challenge {
  const challenge = readObject(fields, 'CHALLENGE');
  return { nonce: nonceOf(challenge, 'CHALLENGE'), service: serviceOf(challenge, 'CHALLENGE') };
}

/** @throws ProtocolViolation */
export function readWelcome(fields: Cursor): Welcome {
  const welcome = readObject(fields, 'WELCOME');
  const { version } = welcome;
  if (!isNumber(version) || !VERSIONS.includes(version))
    throw malformed('WELCOME names a version that was not offered');
  const subscriptions = arrayOf(welcome['subscriptions'], isRoute, 'WELCOME has no list of subscriptions');
  assertPatterns(subscriptions.flatMap(({ patterns }) => patterns));
  const { maxRequests = Infinity } = welcome;
  if (maxRequests !== Infinity && (!isNumber(maxRequests) || maxRequests < 1))
    throw malformed('WELCOME: maxRequests is no number of requests');
  const { proof } = welcome;
  if (proof !== undefined && typeof proof !== 'string') throw malformed('WELCOME: proof is no text');
  return { version, subscriptions, maxRequests, proof, ...introduction(welcome, 'WELCOME') };
}

function nonceOf({ nonce }: Fields, frame: string): string {
  if (typeof nonce === 'string' && nonce.length >= MIN_NONCE) return nonce;
  throw malformed(`${frame}: nonce is no text of at least ${MIN_NONCE} characters`);
}

function serviceOf({ service }: Fields, frame: string): string | undefined {
  if (service === undefined || typeof service === 'string') return service;
  throw malformed(`${frame}: service is no text`);
}

function introduction(object: Fields, frame: string): Introduction {
  const { replica, maxFrame, maxBody, knows = [] } = object;
  const service = serviceOf(object, frame);
  if (typeof replica !== 'string') throw malformed(`${frame}: replica is no text`);
  if (!isNumber(maxFrame) || maxFrame < MIN_MAX_FRAME)
    throw malformed(`${frame}: maxFrame is less than ${MIN_MAX_FRAME}`);
  if (!isNumber(maxBody) || maxBody < 0) throw malformed(`${frame}: maxBody is no size`);
  return {
    service,
    replica,
    maxFrame,
    maxBody,
    knows: arrayOf(knows, isText, `${frame}: knows is no list of texts`),
  };
}

function assertPatterns(patterns: readonly string[]): void {
  const table = new PatternTable<true>();
  try {
    for (const pattern of patterns) table.add(pattern, true);
  } catch (error) {
    throw malformed(`WELCOME: ${error instanceof Error ? error.message : String(error)}`);
  }
}

type Fields = Record<string, unknown>;

function readObject(fields: Cursor, frame: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(fields.restText());
  } catch {
    throw malformed(`${frame} is not JSON`);
  }
  if (!isObject(value)) throw malformed(`${frame} is no object`);
  return value;
}

function arrayOf<T>(value: unknown, is: (item: unknown) => item is T, problem: string): readonly T[] {
  if (!Array.isArray(value) || !value.every(is)) throw malformed(problem);
  return value;
}

function isRoute(value: unknown): value is Route {
  if (!isObject(value)) return false;
  const { endpoint, patterns, broadcast, concurrency } = value;
  return (
    typeof endpoint === 'string' &&
    Array.isArray(patterns) &&
    patterns.every(isText) &&
    typeof broadcast === 'boolean' &&
    isNumber(concurrency) &&
    concurrency >= 1
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
