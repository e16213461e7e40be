import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findPythonClients } from './python-clients.js';

/** An event as the SDK of CloudEvents has it. */
export interface OutsideEvent {
  /** A time is ISO text. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What the SDK has made of the data; nothing of bytes. */
  readonly data?: unknown;
  /** The bytes of the data as they are in the medium; `null` for no data. */
  readonly base64?: string | null;
}

/** Where an outsider publishes, or reads what comes from now on. */
export type Place = { readonly exchange: string; readonly key: string } | { readonly topic: string };

/** How an outsider writes attributes over RabbitMQ; over Kafka there is one way. */
export type Binding = 'amqp' | 'colon' | 'timestamp' | 'rabbitmq';

const programs = {
  rabbitmq: '../outsiders/over_rabbitmq.py',
  kafka: '../outsiders/over_kafka.py',
};

/** Seconds that an outsider waits for an event. */
const WITHIN = 20;

/** A process that publishes and reads CloudEvents with a client in Python and the official SDK; one thing at a time. */
export class Outsider {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #said = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    const { stdout, stderr } = process;
    if (!stdout || !stderr) throw new Error('it has no output');
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
    stderr.on('data', (text) => (this.#said += String(text)));
  }

  /** @throws ClientsAbsent where its clients cannot be had */
  static async start(kind: keyof typeof programs, url: string): Promise<Outsider> {
    const { python, env } = await findPythonClients();
    return new Outsider(
      spawn(python, [fileURLToPath(new URL(programs[kind], import.meta.url)), url], { env }),
    );
  }

  /** Resolves when all that comes to a place from now on can be read. */
  async listen(place: Place): Promise<void> {
    await this.#ask({ do: 'listen', ...place });
  }

  /** The next event that came. */
  async read(): Promise<OutsideEvent> {
    return (await this.#ask({ do: 'read', within: WITHIN })) as OutsideEvent;
  }

  /** Resolves when the broker has it. */
  async publish(place: Place, event: OutsideEvent, binding: Binding = 'amqp'): Promise<void> {
    await this.#ask({ do: 'publish', ...place, event, binding });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill();
    await gone;
  }

  async #ask(command: object): Promise<unknown> {
    this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
    const line = await this.#answers.next();
    if (line.done) throw new Error(`the outsider has ended: ${this.#said}`);
    const answer = JSON.parse(line.value) as { done?: unknown; failed?: string };
    if (answer.failed !== undefined) throw new Error(`the outsider says: ${answer.failed}`);
    return answer.done;
  }
}
