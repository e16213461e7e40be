import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { BufferPool } from '../src/connection/buffer-pool.js';
import { Outgoing } from '../src/connection/outgoing.js';
import { FrameReader } from '../src/frames/frame-reader.js';
import type { Cursor } from '../src/frames/cursor.js';
import { FrameType } from '../src/frames/frame-type.js';
import { MAGIC } from '../src/frames/protocol.js';
import { HOST } from './parties.js';

/** The bytes that `write` makes, the magic first. */
export async function bytesOf(write: (outgoing: Outgoing) => void): Promise<Buffer> {
  const parts: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      parts.push(Buffer.from(chunk)); // once it says done, the buffer is used again
      done();
    },
  });
  const outgoing = new Outgoing(stream, new BufferPool());
  write(outgoing);
  outgoing.end();
  await once(stream, 'finish');
  return Buffer.concat(parts);
}

/** One frame, written by hand. */
export function frame(type: number, ...fields: (number[] | string | Uint8Array)[]): Buffer {
  const rest = Buffer.concat(
    fields.map((field) => (typeof field === 'string' ? Buffer.from(field) : Uint8Array.from(field))),
  );
  const head = Buffer.alloc(5);
  head.writeUInt32BE(rest.length + 1);
  head[4] = type;
  return Buffer.concat([head, rest]);
}

export const LIMITS = { maxFrame: 262_144, maxBody: 1_048_576 };

export function hello(fields: object = {}): Buffer {
  return frame(FrameType.hello, JSON.stringify({ versions: [1], replica: 'by hand', ...LIMITS, ...fields }));
}

export function welcome(fields: object = {}): Buffer {
  const said = { version: 1, replica: 'by hand', subscriptions: [], ...LIMITS, ...fields };
  return frame(FrameType.welcome, JSON.stringify(said));
}

export interface Frame {
  readonly type: number;
  readonly fields: Buffer;
}

/** The other side of a connection, spoken by hand. */
export class Peer {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<void>;

  constructor(socket: Socket) {
    this.socket = socket;
    const reader = new FrameReader(1 << 28, (type, fields: Cursor) =>
      this.frames.push({ type, fields: Buffer.from(fields.restBytes()) }),
    );
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
    onTestFinished(() => void socket.destroy());
  }

  send(...parts: Uint8Array[]): this {
    this.socket.write(Buffer.concat(parts));
    return this;
  }

  /** The frames of one type so far. */
  of(type: number): Buffer[] {
    return this.frames.filter((one) => one.type === type).map(({ fields }) => fields);
  }

  /** The GOODBYE that came, if one did. */
  get goodbye(): { reason: number; text: string } | undefined {
    const [fields] = this.of(FrameType.goodbye);
    return fields && { reason: fields[0] as number, text: fields.toString('utf8', 1) };
  }
}

/** Connects to a service, and says what is given. */
export function reach(port: number, ...parts: Uint8Array[]): Peer {
  return new Peer(connect(port, HOST)).send(...parts);
}

/** Connects to a service, and says what is given after the magic. */
export function dial(port: number, ...parts: Uint8Array[]): Peer {
  return reach(port, MAGIC, ...parts);
}

/** Listens by hand, and gives every connection to `accept`. */
export async function listen(accept: (peer: Peer) => void): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => accept(new Peer(socket)));
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  onTestFinished(() => void server.close());
  return { url: `tcp://${HOST}:${(server.address() as AddressInfo).port}`, server };
}
