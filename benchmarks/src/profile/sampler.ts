import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { dirname } from 'node:path';

const session = new Session();

/** How a process answers the commands that have it profiled. */
export const profileAnswers = {
  /** Samples this process's stack every 250 us from now on. */
  async startProfile(): Promise<null> {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 250 });
    await session.post('Profiler.start');
    return null;
  },

  /** Writes what was sampled, in the format of `node --cpu-prof`, which DevTools opens too. */
  async stopProfile({ file }: { file: string }): Promise<null> {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(profile));
    return null;
  },
};
