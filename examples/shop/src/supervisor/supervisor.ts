import { JoinedLog } from './joined-log.js';
import { ReadinessWatch } from './readiness-watch.js';
import { ServiceProcess, type ServiceProgram } from './service-process.js';

const NAME = 'shop';

export interface SupervisorOptions {
  /** In the order in which they are stopped; they are started the other way round. */
  readonly programs: readonly ServiceProgram[];
  /** Where the gateway answers HTTP, as `http://host:port`. */
  readonly origin: string;
  /** Said once every service answers. */
  readonly readyText: string;
}

/** Runs some services together: one log, and all of them until they are asked to stop. */
export class Supervisor {
  readonly #log: JoinedLog;
  readonly #services: readonly ServiceProcess[];
  readonly #watch: ReadinessWatch;
  readonly #readyText: string;

  constructor({ programs, origin, readyText }: SupervisorOptions) {
    const names = [NAME, ...programs.map(({ name }) => name)];
    this.#log = new JoinedLog(names, process.stdout.isTTY, (text) => process.stdout.write(text));
    this.#services = programs.map((program) => new ServiceProcess(program, this.#log, this.say));
    this.#watch = new ReadinessWatch(origin, this.say);
    this.#readyText = readyText;
  }

  /** Says something in the log. */
  readonly say = (text: string): void => this.#log.line(NAME, text);

  start(): void {
    for (const service of this.#services.toReversed()) service.start();
    void this.#watch.run(() => this.#log.plain(this.#readyText));
  }

  /** Stops one after the other, so that those who call are gone before those who are called. */
  async stop(): Promise<void> {
    this.#watch.stop();
    for (const service of this.#services) await service.stop();
  }

  /** Ends all at once. */
  kill(): void {
    for (const service of this.#services) service.kill();
  }
}
