import { readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { join } from 'node:path';
import type { Measurement } from '../measurement.js';
import { costsOf, type Cost } from './layers.js';

const processes = ['client', 'server'] as const;
export type ProfiledProcess = (typeof processes)[number];
type Profiled = Pick<Measurement, 'contender' | 'payload' | 'inFlight' | 'round'>;

/** The name of the file that holds the profile of one process of one measurement. */
export function profileName(of: Profiled, process: ProfiledProcess): string {
  return `${of.contender}-${of.payload}-${of.inFlight}-${of.round}-${process}.cpuprofile`;
}

/** For each process that was profiled: what a call cost it, by layer, and its dearest functions. */
export function profilesAsText(folder: string, measurements: readonly Measurement[]): string {
  const blocks = measurements.flatMap((measurement) =>
    processes.map((process) => {
      const file = join(folder, profileName(measurement, process));
      const { layers, functions } = costsOf(JSON.parse(readFileSync(file, 'utf8')) as Profiler.Profile);
      const { calls, clientCpuPerCall, serverCpuPerCall } = measurement;
      const total = calls * (process === 'client' ? clientCpuPerCall : serverCpuPerCall);
      const outside = total - layers.reduce((sum, { time }) => sum + time, 0);
      const line = ({ name, time }: Cost) =>
        `${(time / calls).toFixed(2).padStart(7)} ${percent(time / total)}  ${name}`;
      return [
        `${file}: CPU us a call`,
        line({ name: 'in all', time: total }),
        line({ name: 'event loop and other threads: reading sockets, polling, the profiler', time: outside }),
        ...layers.filter(({ time }) => time / total >= 0.005).map(line),
        'by function',
        ...functions.slice(0, 20).map(line),
      ].join('\n');
    }),
  );
  return blocks.join('\n\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1).padStart(5)} %`;
}
