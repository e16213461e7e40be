import { BrokerAbsent, type BrokerKind, titles } from './broker.js';
import { startBroker } from './start-broker.js';
import { testVariable } from './variables.js';

/** The one broker of a kind that all suites of a test run share, or why there is none. */
export type SharedBroker = { readonly url: string } | { readonly absent: string };

/**
 * The broker that this test run shares. Suites leave each other alone by names of their own, and nobody kills it.
 *
 * @throws Error outside of a run whose project has the global setup of this kind
 */
export function sharedBroker(kind: BrokerKind): SharedBroker {
  const name = testVariable(kind);
  const [url, absent] = [process.env[name], process.env[`${name}_ABSENT`]];
  if (url) return { url };
  if (absent) return { absent };
  throw new Error(
    `no ${titles[kind]} for these tests: ${name} is not set, and no global setup of this project starts one`,
  );
}

/**
 * The global setup of a vitest project that needs this kind: starts the shared broker unless ROOKERY_TEST_… already
 * names one, hands it over in that variable, and returns what ends it.
 */
export async function shareBroker(kind: BrokerKind): Promise<() => Promise<void>> {
  const name = testVariable(kind);
  if (process.env[name]) return async () => {};
  try {
    const broker = await startBroker(kind);
    process.env[name] = broker.url;
    return () => broker.stop();
  } catch (error) {
    if (!(error instanceof BrokerAbsent)) throw error;
    process.env[`${name}_ABSENT`] = error.message;
    return async () => {};
  }
}
