import { availableParallelism, platform, release } from 'node:os';

/** What a run was made on. */
export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly cores: number;
}

export function machine(): Machine {
  return {
    node: process.version,
    system: `${platform()} ${release()}`,
    cores: availableParallelism(),
  };
}
