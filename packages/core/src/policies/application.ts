import { ConfigurationError } from '../errors/conditions.js';
import type { StepMaker } from './maker.js';

/** The application's own policies, as steps of the list. */
export const application: StepMaker = {
  name: 'application',
  keys: ['policies'],
  make({ layers }) {
    const all = layers.flatMap(({ from, policies }) =>
      (policies.policies ?? []).map((policy) => ({ policy, from })),
    );
    const names = new Set<string>();
    for (const { policy } of all) {
      if (names.has(policy.name)) {
        throw new ConfigurationError(
          `two policies are called '${policy.name}'; give each a name of its own, so that describe() can tell them apart`,
        );
      }
      names.add(policy.name);
    }
    return all.map(({ policy, from }) => ({
      name: policy.name,
      around: (call, next) => policy.around(call, next),
      describe: () => ({ policy: { value: policy.name, from } }),
    }));
  },
};
