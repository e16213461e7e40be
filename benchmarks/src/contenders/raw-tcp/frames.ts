import type { Socket } from 'node:net';

const HEADER = 9;
const SLAB = 64 * 1024;

export type Method = 'sum' | 'echo';

/**
 * Frames on one socket: u32 length of what follows, u32 call, u8 method (0 sum, 1 echo), JSON in UTF-8.
 * What is sent in one turn of the event loop leaves in one write. No errors, no deadlines, no backpressure:
 * this is the yardstick for what node's own sockets and JSON cost.
 */
export class Frames {
  private slab = Buffer.allocUnsafe(SLAB);
  private written = 0;
  private flushed = 0;
  private scheduled = false;

  constructor(
    private readonly socket: Socket,
    receive: (call: number, method: Method, json: string) => void,
  ) {
    socket.setNoDelay(true);
    let rest: Buffer | undefined;
    socket.on('data', (chunk: Buffer) => {
      const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      while (bytes.length - at >= HEADER) {
        const end = at + 4 + bytes.readUInt32LE(at);
        if (end > bytes.length) break;
        const method = bytes[at + 8] === 0 ? 'sum' : 'echo';
        receive(bytes.readUInt32LE(at + 4), method, bytes.toString('utf8', at + HEADER, end));
        at = end;
      }
      rest = at === bytes.length ? undefined : bytes.subarray(at);
    });
  }

  send(call: number, method: Method, json: string): void {
    const most = HEADER + json.length * 3; // UTF-8 of a UTF-16 code unit
    if (this.written + most > this.slab.length) {
      this.flush();
      this.slab = Buffer.allocUnsafe(Math.max(SLAB, most));
      this.written = this.flushed = 0;
    }
    const at = this.written;
    const length = this.slab.write(json, at + HEADER, 'utf8');
    this.slab.writeUInt32LE(length + 5, at);
    this.slab.writeUInt32LE(call, at + 4);
    this.slab[at + 8] = method === 'sum' ? 0 : 1;
    this.written = at + HEADER + length;
    if (!this.scheduled) {
      this.scheduled = true;
      // runs once the promises that are settled now have run, and with them the calls they go on to make
      process.nextTick(() => {
        this.scheduled = false;
        this.flush();
      });
    }
  }

  private flush(): void {
    if (this.written === this.flushed) return;
    this.socket.write(this.slab.subarray(this.flushed, this.written));
    this.flushed = this.written;
  }
}
