/** What amqplib makes of the options of a message that is published: the fields of its method, and its properties. */
export interface PublishFields {
  readonly exchange?: unknown;
  readonly routingKey?: unknown;
  readonly mandatory?: unknown;
  readonly contentType?: unknown;
  readonly contentEncoding?: unknown;
  /** Inherits from the table that was given; has fields of its own for CC and BCC. */
  readonly headers?: object;
  readonly deliveryMode?: unknown;
  readonly priority?: unknown;
  readonly correlationId?: unknown;
  readonly replyTo?: unknown;
  readonly expiration?: unknown;
  readonly messageId?: unknown;
  readonly timestamp?: unknown;
  readonly type?: unknown;
  readonly userId?: unknown;
  readonly appId?: unknown;
  readonly clusterId?: unknown;
}

/** Bytes of the largest message that is written here. */
const LARGEST = 16_384;
const SLAB = 16 * LARGEST;
/** Up to so many characters a loop is faster than Node's own writing. */
const SHORT = 24;

const FRAME_END = 206;

let slab = Buffer.allocUnsafeSlow(0);
/** Where the next byte goes, and behind how many there is no room. */
let at = 0;
let end = 0;

/** Thrown by no one but this file, to leave a message to amqplib. */
const UNFIT = new Error('left to amqplib');

/**
 * The three frames of a message, byte for byte as amqplib writes them, at a third of what that costs it: in one pass, into one piece of
 * memory. `undefined` for what is rare, large or wrong: that is left to amqplib.
 */
export function publishFrames(channel: number, fields: PublishFields, content: Buffer): Buffer | undefined {
  const { contentEncoding, priority, timestamp, userId, appId, clusterId } = fields;
  if (contentEncoding ?? priority ?? timestamp ?? userId ?? appId ?? clusterId) return undefined;
  const table = tableOf(fields.headers);
  if (!table || content.length > LARGEST / 2) return undefined;
  if (slab.length - at < LARGEST) {
    slab = Buffer.allocUnsafeSlow(SLAB);
    at = 0;
  }
  const start = at;
  end = start + LARGEST - content.length - 64;
  try {
    writeMethod(channel, fields);
    writeProperties(channel, content.length, fields, table);
  } catch (error) {
    at = start;
    if (error === UNFIT) return undefined;
    throw error;
  }
  if (content.length > 0) {
    slab[at++] = 3;
    uint16(channel);
    uint32(content.length);
    at += content.copy(slab, at);
    slab[at++] = FRAME_END;
  }
  return slab.subarray(start, at);
}

function writeMethod(channel: number, { exchange, routingKey, mandatory }: PublishFields): void {
  slab[at++] = 1;
  uint16(channel);
  const size = at;
  at += 4;
  uint32(0x003c0028); // basic.publish
  uint16(0);
  shortText(exchange);
  shortText(routingKey);
  slab[at++] = mandatory ? 1 : 0;
  endFrame(size);
}

function writeProperties(channel: number, bytes: number, fields: PublishFields, table: object): void {
  const { contentType, deliveryMode, correlationId, replyTo, expiration, messageId, type } = fields;
  slab[at++] = 2;
  uint16(channel);
  const size = at;
  at += 4;
  uint32(0x003c0000); // of class basic
  uint32(0);
  uint32(bytes);
  const flagsAt = at;
  at += 2;
  let flags = 0x2000;
  const optional = (flag: number, value: unknown): void => {
    if (value === undefined || value === null) return;
    flags |= flag;
    shortText(value);
  };
  optional(0x8000, contentType);
  writeTable(table as Record<string, unknown>);
  if (deliveryMode !== undefined) {
    flags |= 0x1000;
    if (deliveryMode !== 1 && deliveryMode !== 2) throw UNFIT;
    slab[at++] = deliveryMode;
  }
  optional(0x0400, correlationId);
  optional(0x0200, replyTo);
  optional(0x0100, expiration);
  optional(0x0080, messageId);
  optional(0x0020, type);
  slab[flagsAt] = flags >>> 8;
  slab[flagsAt + 1] = flags & 0xff;
  endFrame(size);
}

/** The table that amqplib's own inherits from, if it adds nothing to it. */
function tableOf(headers: object | undefined): object | undefined {
  if (!headers || Object.keys(headers).length > 0) return undefined;
  return (Object.getPrototypeOf(headers) as object | null) ?? {};
}

function writeTable(table: Record<string, unknown>): void {
  const size = at;
  at += 4;
  // inherited ones as well, as amqplib does it
  for (const name in table) {
    const value = table[name];
    if (value === undefined) continue;
    shortText(name);
    if (typeof value === 'string') longText(value);
    else if (typeof value === 'number') number(value);
    else if (typeof value === 'boolean') {
      slab[at++] = 0x74; // t
      slab[at++] = value ? 1 : 0;
    } else throw UNFIT;
  }
  uint32At(size, at - size - 4);
}

function number(value: number): void {
  if (!Number.isSafeInteger(value) || Math.abs(value) >= 2 ** 50) throw UNFIT;
  if (at + 9 > end) throw UNFIT;
  if (value >= -0x80 && value < 0x80) {
    slab[at++] = 0x62; // b
    slab[at++] = value;
  } else if (value >= -0x8000 && value < 0x8000) {
    slab[at++] = 0x73; // s
    uint16(value);
  } else if (value >= -0x80000000 && value < 0x80000000) {
    slab[at++] = 0x49; // I
    uint32(value);
  } else {
    slab[at++] = 0x6c; // l
    uint32(Math.floor(value / 2 ** 32));
    uint32(value);
  }
}

/** A byte for the length, and at most so many bytes. */
function shortText(value: unknown): void {
  if (typeof value !== 'string') throw UNFIT;
  const length = at++;
  text(value);
  const bytes = at - length - 1;
  if (bytes > 255) throw UNFIT;
  slab[length] = bytes;
}

function longText(value: string): void {
  slab[at++] = 0x53; // S
  const length = at;
  at += 4;
  text(value);
  uint32At(length, at - length - 4);
}

function text(value: string): void {
  const { length } = value;
  if (at + 3 * length + 16 > end) throw UNFIT;
  if (length <= SHORT) {
    const start = at;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        at = start + slab.write(value, start, 'utf8');
        return;
      }
      slab[at++] = code;
    }
  } else at += slab.write(value, at, 'utf8');
}

function endFrame(size: number): void {
  uint32At(size, at - size - 4);
  slab[at++] = FRAME_END;
}

function uint16(value: number): void {
  slab[at++] = value >>> 8;
  slab[at++] = value;
}

function uint32(value: number): void {
  uint32At(at, value);
  at += 4;
}

function uint32At(where: number, value: number): void {
  slab[where] = value >>> 24;
  slab[where + 1] = value >>> 16;
  slab[where + 2] = value >>> 8;
  slab[where + 3] = value;
}
