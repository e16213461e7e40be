import type { ClientKafka } from '@nestjs/microservices';
import { firstValueFrom, lastValueFrom } from 'rxjs';

/** What stock clients send all the time: numbered events with keys, and numbered requests. */
export class Load {
  /** Those that the brokers have taken. */
  readonly emitted = new Set<number>();
  readonly asked = new Set<number>();
  readonly answered = new Set<number>();
  readonly #client: ClientKafka;
  readonly #topics: { readonly events: string; readonly requests: string };
  readonly #timers: NodeJS.Timeout[];
  readonly #sending: Promise<unknown>[] = [];
  #count = 0;

  constructor(client: ClientKafka, topics: { readonly events: string; readonly requests: string }) {
    this.#client = client;
    this.#topics = topics;
    this.#timers = [setInterval(() => this.#emit(), 5), setInterval(() => this.#ask(), 20)];
  }

  /** Sends no more; resolves when the brokers have all that was emitted. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#sending);
  }

  #emit(): void {
    const n = this.#count++;
    const emitted = lastValueFrom(this.#client.emit(this.#topics.events, { key: `k${n % 7}`, value: { n } }));
    this.#sending.push(emitted.then(() => this.emitted.add(n)));
  }

  #ask(): void {
    const n = this.#count++;
    this.asked.add(n);
    void firstValueFrom(this.#client.send<{ total: number }>(this.#topics.requests, { n })).then(
      ({ total }) => this.answered.add(total),
    );
  }
}
