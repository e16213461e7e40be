import type { ServerOptions } from '../src/server/options.js';
import { handServer } from './hand-transport.js';

/** A server whose handler of `work` takes as long as the test wants, and what it has been given so far. */
export async function busyServer(options: Partial<ServerOptions> = {}) {
  const hand = handServer(options);
  const works: { data: unknown; end: PromiseWithResolvers<unknown>; signal: AbortSignal }[] = [];
  hand.server.handle('work', (data, { signal }) => {
    const end = Promise.withResolvers<unknown>();
    works.push({ data, end, signal });
    return end.promise;
  });
  hand.server.handle('quick', (data) => data);
  await hand.server.start();
  return {
    ...hand,
    works,
    started: () => works.map(({ data }) => data),
    /** Ends the work that was begun as the `index`th, and all that follows from it. */
    end: async (index: number, value: unknown = 'done') => {
      works[index]!.end.resolve(value);
      await hand.clock.settle();
    },
  };
}
