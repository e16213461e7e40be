const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What happens when a person, or the system, asks the shop to stop. */
export interface Stoppable {
  say(text: string): void;
  /** Lets what is under way finish. */
  stop(): Promise<void>;
  /** Leaves nothing behind, at once. */
  kill(): void;
}

/** The first signal stops, the process then ends with exit code 0; the second one kills, with 130. */
export function stopOnSignals(shop: Stoppable): void {
  let stopping = false;
  const stop = (why: string) => {
    if (stopping) {
      shop.say(`${why} again: everything is killed`);
      shop.kill();
      process.exit(130);
    }
    stopping = true;
    shop.say(`${why}: stopping; what is under way may finish. Once more kills at once`);
    void shop.stop().then(() => {
      shop.say('everything has stopped');
      process.exit(0);
    });
  };
  for (const signal of SIGNALS) process.on(signal, stop);
}
