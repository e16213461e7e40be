import { join } from 'node:path';
import type { Cell, Measurement } from './measurement.js';
import { Child } from './process/child.js';
import type { ClientCommands, ServerCommands } from './process/commands.js';
import { profileName, type ProfiledProcess } from './profile/profile-text.js';
import type { Pinning } from './machine.js';

export interface Attempt extends Cell {
  readonly contender: string;
  readonly round: number;
  /** Length of the measured window; the warm-up before it takes half as long again. */
  readonly seconds: number;
  readonly pinning: Pinning;
  /** Folder for a profile of each process during the window; undefined takes none. */
  readonly profileTo: string | undefined;
  /** Told about the two processes once they exist. */
  readonly started?: (client: number | undefined, server: number | undefined) => void;
}

/** Many enough for every contender's code to be compiled after a second, whatever is measured then. */
const WARM_UP_IN_FLIGHT = 100;

/**
 * Starts a server and a client, warms both up while every answer is checked, measures, and ends both.
 * @throws Error when either of them fails.
 */
export async function measure(attempt: Attempt): Promise<Measurement> {
  const { contender, round, payload, inFlight, seconds, pinning, profileTo } = attempt;
  const server = new Child<ServerCommands>(new URL('./process/server.js', import.meta.url), pinning?.server);
  const client = new Child<ClientCommands>(new URL('./process/client.js', import.meta.url), pinning?.client);
  attempt.started?.(client.pid, server.pid);
  try {
    const port = await server.ask('start', { contender });
    await client.ask('connect', { contender, port });
    for (const warmUp of [WARM_UP_IN_FLIGHT, inFlight]) {
      await client.ask('load', { payload, inFlight: warmUp, seconds: seconds / 4, checked: true }, 60);
    }

    if (profileTo !== undefined) {
      await Promise.all([server.ask('startProfile', {}), client.ask('startProfile', {})]);
    }
    const before = await server.ask('cpu', {});
    const load = await client.ask('load', { payload, inFlight, seconds, checked: false }, seconds + 60);
    const serverCpu = (await server.ask('cpu', {})) - before;
    if (profileTo !== undefined) {
      const file = (process: ProfiledProcess) => join(profileTo, profileName(attempt, process));
      await server.ask('stopProfile', { file: file('server') });
      await client.ask('stopProfile', { file: file('client') });
    }
    return {
      contender,
      round,
      payload,
      inFlight,
      calls: load.calls,
      seconds: load.seconds,
      callsPerSecond: load.calls / load.seconds,
      p50: load.p50,
      p99: load.p99,
      clientCpuPerCall: load.cpu / load.calls,
      serverCpuPerCall: serverCpu / load.calls,
    };
  } finally {
    await Promise.all([client.kill(), server.kill()]);
  }
}
