import type { FaultScenario } from './fault-scenario.js';
import { eventScenarios } from './scenarios/events.js';
import { linkScenarios } from './scenarios/links.js';
import { goneScenarios } from './scenarios/replicas-gone.js';
import { severalScenarios } from './scenarios/replicas-several.js';
import { strangerScenarios } from './scenarios/strangers.js';

/** Everything that goes wrong, and what every transport shows nevertheless. */
export const faultScenarios: readonly FaultScenario[] = [
  ...goneScenarios,
  ...severalScenarios,
  ...linkScenarios,
  ...strangerScenarios,
  ...eventScenarios,
];
