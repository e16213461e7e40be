import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf } from './broker-cpu.js';
import type { Place } from './contender.js';
import { isEvent } from './load/payload.js';
import type { Cell, Measurement } from './measurement.js';
import { Child } from './process/child.js';
import type { ClientCommands, ServerCommands } from './process/commands.js';
import { watchOthers } from './quiet.js';
import { recordStacks, NODE_OPTIONS } from './profile/perf.js';
import type { Profile } from './profile/profile-text.js';
import type { Pinning } from './machine.js';

export interface Attempt extends Cell {
  readonly contender: string;
  readonly round: number;
  /** Length of the measured window; the warm-up before it takes half as long again. */
  readonly seconds: number;
  readonly pinning: Pinning;
  readonly place: Place;
  /** The broker's process, if it is ours. */
  readonly brokerPid: number | undefined;
  /** Told what both processes did during the window; without it nobody looks. */
  readonly profiled?: ((profile: Profile, measurement: Measurement) => void) | undefined;
  /** Told about the two processes once they exist. */
  readonly started?: (client: number | undefined, server: number | undefined) => void;
}

/** Many enough for every contender's code to be compiled after a second, whatever is measured then. */
const WARM_UP_IN_FLIGHT = 100;

/** Milliseconds for the events that were accepted to be handled. */
const HANDLED_WITHIN = 60_000;

/**
 * Starts a server and a client, warms both up while every answer is checked, measures, and ends both.
 * @throws Error when either of them fails.
 */
export async function measure(attempt: Attempt): Promise<Measurement> {
  const { contender, round, payload, inFlight, seconds, pinning, place, profiled } = attempt;
  const nodeOptions = profiled === undefined ? '' : NODE_OPTIONS;
  const server = new Child<ServerCommands>(script('server'), pinning?.server, nodeOptions);
  const client = new Child<ClientCommands>(script('client'), pinning?.client, nodeOptions);
  attempt.started?.(client.pid, server.pid);
  try {
    const port = await server.ask('start', { contender, place }, 60);
    await client.ask('connect', { contender, port, place }, 60);
    let sent = 0;
    for (const warmUp of [WARM_UP_IN_FLIGHT, inFlight]) {
      const loop = { payload, inFlight: warmUp, seconds: seconds / 4, checked: true };
      sent += (await client.ask('load', loop, 60)).calls;
      if (isEvent(payload)) await allHandled(server, sent);
    }

    const recordings = profiled && [recordStacks(client.pid), recordStacks(server.pid)];
    const others = watchOthers();
    const brokerBefore = cpuOf(attempt.brokerPid);
    const before = await server.ask('cpu', {});
    const begun = performance.now();
    const load = await client.ask('load', { payload, inFlight, seconds, checked: false }, seconds + 60);
    if (isEvent(payload)) await allHandled(server, sent + load.calls);
    const elapsed = (performance.now() - begun) / 1000;
    const serverCpu = (await server.ask('cpu', {})) - before;
    const brokerCpu = brokerBefore === undefined ? undefined : (cpuOf(attempt.brokerPid) ?? 0) - brokerBefore;
    const measurement = {
      contender,
      round,
      payload,
      inFlight,
      calls: load.calls,
      seconds: load.seconds,
      callsPerSecond: load.calls / load.seconds,
      handledPerSecond: isEvent(payload) ? load.calls / elapsed : undefined,
      p50: load.p50,
      p99: load.p99,
      clientCpuPerCall: load.cpu / load.calls,
      serverCpuPerCall: serverCpu / load.calls,
      brokerCpuPerCall: brokerCpu === undefined ? undefined : brokerCpu / load.calls,
      disturbance: others(load.cpu + serverCpu + (brokerCpu ?? 0)),
    };
    if (recordings !== undefined) {
      const [client = [], server = []] = await Promise.all(recordings.map((stop) => stop()));
      profiled?.({ client, server }, measurement);
    }
    return measurement;
  } finally {
    await Promise.all([client.kill(), server.kill()]);
  }
}

/** @throws Error when that takes too long: then some are lost */
async function allHandled(server: Child<ServerCommands>, count: number): Promise<void> {
  const giveUp = performance.now() + HANDLED_WITHIN;
  for (;;) {
    const handled = await server.ask('handled', {});
    if (handled >= count) return;
    if (performance.now() > giveUp) throw new Error(`${handled} of ${count} accepted events were handled`);
    await sleep(5);
  }
}

function script(name: string): URL {
  return new URL(`./process/${name}.js`, import.meta.url);
}
