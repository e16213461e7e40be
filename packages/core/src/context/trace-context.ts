/** The ids of a span, as a traceparent says them. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the span of whoever sent it. */
  readonly spanId: string;
  /** Bit 0: sampled. */
  readonly flags: number;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;

/**
 * Reads a traceparent by the rules of W3C Trace Context: `undefined` when it is not one. Of versions that are not known
 * yet, what version 00 has is taken.
 *
 * @see https://www.w3.org/TR/trace-context/#versioning-of-traceparent
 */
export function parseTraceparent(text: string): TraceParent | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const bits = parseInt(flags, 16);
  return { traceId, spanId, flags: version === '00' ? bits : bits & SAMPLED };
}

/** As version 00 writes it. */
export function formatTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}

const MAX_MEMBERS = 32;
const MAX_LENGTH = 512;
/** Longer members are the first to go where there is too much. */
const LONG_MEMBER = 128;
const MEMBER =
  /^[a-z0-9][_0-9a-z\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** A tracestate from outside, shortened to what others pass on; `undefined` when it is empty or malformed. */
export function acceptTracestate(text: string): string | undefined {
  let members = text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
  if (members.length > MAX_MEMBERS || !members.every((member) => MEMBER.test(member))) return undefined;
  if (members.join(',').length > MAX_LENGTH) {
    members = members.filter(({ length }) => length <= LONG_MEMBER);
    while (members.join(',').length > MAX_LENGTH) members.pop();
  }
  return members.length === 0 ? undefined : members.join(',');
}
