import type { Measurement } from '../measurement.js';
import { functionOf, layerOf, sharesOf } from './layers.js';
import type { Stack } from './perf.js';

/** The samples of both processes of one measurement. */
export interface Profile {
  readonly client: readonly Stack[];
  readonly server: readonly Stack[];
}

/** For each process: what a call cost it, by layer, and its dearest functions with the native code they called. */
export function profileAsText(profile: Profile, measurement: Measurement): string {
  const { contender, payload, inFlight, clientCpuPerCall, serverCpuPerCall } = measurement;
  const block = (process: keyof Profile, cpu: number) => {
    const line = ({ name, share }: { name: string; share: number }) =>
      `${(share * cpu).toFixed(2).padStart(7)} ${(share * 100).toFixed(1).padStart(5)} %  ${name}`;
    const stacks = profile[process];
    return [
      `${contender}, ${payload}, ${inFlight} in flight, ${process}: CPU us a call, ${stacks.length} samples`,
      line({ name: 'in all', share: 1 }),
      ...sharesOf(stacks, layerOf)
        .filter(({ share }) => share >= 0.005)
        .map(line),
      'by function',
      ...sharesOf(stacks, functionOf).slice(0, 20).map(line),
    ].join('\n');
  };
  return `${block('client', clientCpuPerCall)}\n\n${block('server', serverCpuPerCall)}`;
}
