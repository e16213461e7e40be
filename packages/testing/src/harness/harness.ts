import { explore, type Exploration, type Explored } from './explore.js';
import type { HarnessOptions } from './options.js';
import { planOf, type CoreService } from './process/core-service.js';
import { ServiceSystem, type ServicePlan } from './system.js';

/** Services by name. */
export type CoreServices = Readonly<Record<string, CoreService>>;

/**
 * Several services in memory, each in a process of its own as far as that can be, under a virtual clock: call or
 * publish, await quiescence, assert on what was sent, handled and retried. For services that are declared on the core;
 * Nest modules have theirs in `@rookery/testing/nest`.
 *
 *     await using harness = await Harness.start({
 *       mail: ({ server }) => server.on(['user.created'], { endpoint: 'welcome' }, welcome),
 *     });
 *     await harness.publish('user.created', { id: 1 });
 *     await harness.quiescence();
 *     expect(harness.handled('user.created')).toMatchObject([{ service: 'mail', endpoint: 'welcome', attempt: 1 }]);
 *
 * It needs nothing of a test runner.
 */
export class Harness extends ServiceSystem {
  /** Starts the services, in the order given. */
  static async start(services: CoreServices, options: HarnessOptions = {}): Promise<Harness> {
    const plans: Record<string, ServicePlan> = {};
    for (const [name, service] of Object.entries(services)) plans[name] = planOf(service);
    const harness = new Harness(options);
    await harness.begin(plans);
    return harness;
  }

  /**
   * Runs a test under many seeds, each of which delays, reorders, repeats and crashes otherwise. The first that fails
   * ends it with an error that says the seed, what went wrong in its run, and how to run it alone.
   *
   * @param exploration `services` is a function where each run needs its own
   */
  static explore(
    exploration: Exploration<CoreServices>,
    test: (harness: Harness) => Promise<void> | void,
  ): Promise<Explored> {
    return explore(exploration, (services, options) => Harness.start(services, options), test);
  }
}
