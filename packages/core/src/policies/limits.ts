import { ConfigurationError } from '../errors/conditions.js';

/** Between what the numbers among a policy's options have to be; `most` is `Infinity` when left out. */
export type Limits<T extends object> = {
  readonly [K in keyof T & string]?: readonly [least: number, most?: number];
};

/**
 * @param policy as it is called in the options
 * @param whose what they are of, for people: "the calls of 'orders'"
 * @throws ConfigurationError for a value with which the policy could not do its work
 */
export function assertLimits<T extends object>(
  policy: string,
  whose: string,
  values: T,
  limits: Limits<T>,
): void {
  for (const name of Object.keys(limits) as (keyof T & string)[]) {
    const [least, most = Infinity] = limits[name] ?? [-Infinity];
    const value = values[name] as number;
    if (value >= least && value <= most) continue;
    const range = most === Infinity ? `at least ${least}` : `from ${least} to ${most}`;
    throw new ConfigurationError(
      `${policy}.${name} of ${whose} is ${value}; it has to be a number, ${range}`,
    );
  }
}
