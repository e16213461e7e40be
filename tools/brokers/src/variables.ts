import type { BrokerKind } from './broker.js';

/** Names a server that is there already. */
export function addressVariable(kind: BrokerKind): string {
  return `ROOKERY_${kind.toUpperCase()}_URL`;
}

/** Names the one that the suites of a test run share; with `_ABSENT` behind it, why there is none. */
export function testVariable(kind: BrokerKind): string {
  return `ROOKERY_TEST_${kind.toUpperCase()}`;
}
