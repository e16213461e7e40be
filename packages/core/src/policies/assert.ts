import { systemClock } from '../clock/clock.js';
import { systemRandom } from '../clock/random.js';
import { jsonCodec } from '../codec/json.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { silentLogger } from '../transport/logger.js';
import { PolicyLists, type DeclaredPolicies } from './lists.js';
import { CLIENT_POLICIES } from './order.js';

/**
 * Checks policies before there is a client to use them.
 *
 * @throws ConfigurationError for what cannot work
 */
export function assertPolicies(policies: DeclaredPolicies & { readonly to?: string | undefined }): void {
  const lists = new PolicyLists(
    {
      order: CLIENT_POLICIES,
      clock: systemClock,
      random: systemRandom,
      codec: jsonCodec({ strict: false }),
      logger: silentLogger,
      telemetry: new Telemetry(),
      announce: () => undefined,
    },
    policies,
  );
  lists.of(policies.to ?? '', '');
}
