import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { answers, listens } from './answers.js';
import type { Broker } from './broker.js';
import type { Command, Launch } from './launch.js';
import { tailOf } from './log-tail.js';
import { end, lives, type OwnProcess, signal, spawnOwn, terminate } from './process/own-process.js';
import type { Watchdog } from './process/watchdog.js';
import { runProgram } from './run-program.js';
import { type BrokerTls, type Listeners, writeTls } from './security.js';

/** Milliseconds from the start of a server until it answers; machines under load are slow. */
const START_WITHIN = 90_000;
/** Milliseconds that a server has to end gracefully. */
const GRACE = 15_000;
const CTL_WITHIN = 60_000;

/** The processes of a {@link Launch}, as plain data. */
export interface Running {
  readonly companions: readonly OwnProcess[];
  readonly server: OwnProcess | undefined;
}

/** A broker whose processes are ours. */
export class OwnBroker implements Broker {
  readonly ours = true;
  readonly launch: Launch;
  #running: Running;
  readonly #watchdog: Watchdog | undefined;

  constructor(launch: Launch, running: Running = { companions: [], server: undefined }, watchdog?: Watchdog) {
    this.launch = launch;
    this.#running = running;
    this.#watchdog = watchdog;
  }

  get kind() {
    return this.launch.kind;
  }

  get url() {
    return this.launch.url;
  }

  get listeners(): Listeners {
    return this.launch.listeners ?? {};
  }

  get proxied() {
    return this.launch.proxied;
  }

  get running() {
    return this.#running;
  }

  get pid() {
    const { server } = this.#running;
    return server && lives(server) ? server.pid : undefined;
  }

  /** Starts what does not run, and resolves when it answers. @throws Error with the end of its logs */
  async start(): Promise<void> {
    const { companions, server } = this.launch;
    for (const [index, command] of companions.entries()) {
      const old = this.#running.companions[index];
      if (old && lives(old)) continue;
      const started = await this.#spawn(command);
      this.#set({ companions: this.#running.companions.toSpliced(index, 1, started) });
      await this.#until(() => listens(command.port), started, `${command.program} at port ${command.port}`);
    }
    if (this.pid === undefined) this.#set({ server: await this.#spawn(server) });
    const { server: started } = this.#running;
    if (started) await this.#until(() => answers(this.url, 5_000), started, this.url);
  }

  async kill(): Promise<void> {
    const { server } = this.#running;
    if (server) await end(server);
    this.#set({ server: undefined });
  }

  async pause(): Promise<void> {
    this.#signal('SIGSTOP');
  }

  async resume(): Promise<void> {
    this.#signal('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async stop(): Promise<void> {
    const { server, companions } = this.#running;
    if (server) await terminate(server, GRACE);
    await Promise.all(companions.map(end));
    await rm(this.launch.folder, { recursive: true, force: true, maxRetries: 5 });
    this.#running = { companions: [], server: undefined };
    await this.#watchdog?.release();
  }

  certify(tls: BrokerTls): Promise<void> {
    return writeTls(this.launch.folder, tls);
  }

  async ctl(...args: string[]): Promise<string> {
    const { ctl, kind } = this.launch;
    if (!ctl) throw new Error(`${kind} has no ctl: use an admin client of it`);
    return runProgram(ctl.program, [...ctl.args, ...args], { env: ctl.env, within: CTL_WITHIN });
  }

  #spawn(command: Command): Promise<OwnProcess> {
    return spawnOwn(command, this.launch.folder);
  }

  #signal(name: NodeJS.Signals): void {
    const { server } = this.#running;
    if (!server || !signal(server, name)) throw new Error(`${this.kind} at ${this.url} does not run`);
  }

  #set(change: Partial<Running>): void {
    this.#running = { ...this.#running, ...change };
    const { companions, server } = this.#running;
    this.#watchdog?.watch({
      processes: server ? [...companions, server] : companions,
      folder: this.launch.folder,
    });
  }

  /** @throws Error with the ends of the logs when this process ends before it is so, or it takes too long */
  async #until(so: () => Promise<boolean>, own: OwnProcess, what: string): Promise<void> {
    const latest = performance.now() + START_WITHIN;
    while (!(await so())) {
      const late = performance.now() > latest && `it does not answer after ${START_WITHIN} ms`;
      const failure = lives(own) ? late : 'it ended';
      if (failure) throw new Error(`${what} did not start: ${failure}\n${tailOf(this.launch)}`);
      await delay(50);
    }
  }
}
