import { Agent, request } from 'node:http';

/** What came back, and after how many milliseconds. */
export interface Answer {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

/** How many connections are open at once; what is asked beyond waits, and its wait counts. */
const CONNECTIONS = 256;
/** Milliseconds. */
const PATIENCE = 10_000;

/** Somebody who uses the shop, over connections that are kept. */
export class HttpUser {
  readonly #origin: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Never rejects: a request that fails is counted as one. */
  ask(method: 'GET' | 'POST', path: string, content?: unknown): Promise<Answer> {
    const began = performance.now();
    const headers = { 'content-type': 'application/json' };
    return new Promise((resolve) => {
      const answer = (status: number, body: string): void =>
        resolve({ status, body, milliseconds: performance.now() - began });
      const asked = request(
        this.#origin + path,
        { method, agent: this.#agent, timeout: PATIENCE, headers },
        (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (more: string) => (body += more));
          response.on('end', () => answer(response.statusCode ?? 0, body));
          response.on('error', () => answer(0, ''));
        },
      );
      asked.on('timeout', () => asked.destroy());
      asked.on('error', () => answer(0, ''));
      asked.end(content === undefined ? undefined : JSON.stringify(content));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
