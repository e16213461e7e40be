import { watchLauncher } from './launcher-watch.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What happens when a person, or the system, asks the shop to stop. */
export interface Stoppable {
  say(text: string): void;
  /** Lets what is under way finish. */
  stop(): Promise<void>;
  /** Leaves nothing behind, at once. */
  kill(): void;
}

/**
 * A signal, the end of npm, or of whoever reads the log stops the shop: the process then ends with exit code 0. A
 * second signal kills: 130.
 */
export function stopWhenAsked(shop: Stoppable): void {
  let stopping = false;
  const stop = (why: string) => {
    if (stopping) return;
    stopping = true;
    shop.say(`${why}: stopping; what is under way may finish. A second Ctrl-C kills at once`);
    void shop.stop().then(() => {
      shop.say('everything has stopped');
      process.exit(0);
    });
  };
  const kill = (why: string) => {
    shop.say(`${why} again: everything is killed`);
    shop.kill();
    process.exit(130);
  };
  for (const signal of SIGNALS) process.on(signal, () => (stopping ? kill(signal) : stop(signal)));
  watchLauncher(() => stop('npm start has ended'));
  process.stdout.on('error', () => stop('nobody reads the log any more'));
}
