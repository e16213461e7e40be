import type { DynamicModule, INestMicroservice, Type } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { rookery, type RookeryOptions } from '@rookery/nestjs';
import { explore, type Exploration, type Explored } from '../harness/explore.js';
import type { HarnessOptions } from '../harness/options.js';
import type { HarnessProcess } from '../harness/process/process.js';
import type { Running } from '../harness/process/service.js';
import { ServiceSystem, type ServicePlan } from '../harness/system.js';
import { logOfProcess } from './log-of-process.js';

/** The module of a service, as its `main.ts` gives it to Nest. */
export type ServiceModule = Type | DynamicModule;

/** A service, and what is special about it. */
export interface NestServiceOptions {
  readonly module: ServiceModule;
  /** What its `main.ts` gives to `rookery({ … })`: retries, concurrency and the like. Transports and names are replaced. */
  readonly options?: RookeryOptions;
  /** Replaces providers, guards and the like: `(builder) => builder.overrideProvider(Mailer).useValue(fake)`. */
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** How many processes it has. Default 1. */
  readonly replicas?: number;
  /**
   * What the operating system does when the process is lost: hang up its connections. Nest's own hooks are not called, as
   * they are not when a process is killed.
   */
  readonly crashed?: (app: INestMicroservice) => unknown;
}

export type NestService = ServiceModule | NestServiceOptions;

/** Services by name. */
export type NestServices = Readonly<Record<string, NestService>>;

/**
 * Several Nest services in memory, unchanged, each in a process of its own as far as that can be, under a virtual clock.
 *
 *     const harness = await Harness.start({ users: UsersModule, notifications: NotificationsModule });
 *     await harness.request('users', 'user.create', { name: 'Ada' });
 *     await harness.quiescence();
 *     expect(harness.handled('user.created')).toMatchObject([{ service: 'notifications', attempt: 1 }]);
 *     await harness.stop();
 *
 * Each is a real microservice of the module. Its server, and all clients and buses that its modules make, are on one bus
 * in memory, whatever `url` or the environment say. It needs nothing of a test runner.
 */
export class Harness extends ServiceSystem {
  /** Starts the services, in the order given. */
  static async start(services: NestServices, options: HarnessOptions = {}): Promise<Harness> {
    const harness = new Harness(options);
    const plans: Record<string, ServicePlan> = {};
    for (const [name, service] of Object.entries(services)) plans[name] = planOf(service);
    await harness.begin(plans);
    return harness;
  }

  /** As `Harness.explore` of `@rookery/testing`. */
  static explore(
    exploration: Exploration<NestServices>,
    test: (harness: Harness) => Promise<void> | void,
  ): Promise<Explored> {
    return explore(exploration, (services, options) => Harness.start(services, options), test);
  }

  /** The application that runs now; of the first of the service's replicas. */
  app(service: string): INestMicroservice {
    return (this.running(service) as RunningApp).app;
  }
}

interface RunningApp extends Running {
  readonly app: INestMicroservice;
}

function planOf(service: NestService): ServicePlan {
  const options: NestServiceOptions = isOptions(service) ? service : { module: service };
  return {
    replicas: options.replicas ?? 1,
    async start(process): Promise<RunningApp> {
      const app = await startApp(process, options);
      process.onLost(() => void options.crashed?.(app));
      return { app, stop: () => app.close() };
    },
  };
}

async function startApp(
  process: HarnessProcess,
  { module, options, override }: NestServiceOptions,
): Promise<INestMicroservice> {
  let builder = Test.createTestingModule({ imports: [module] }).setLogger(logOfProcess);
  if (override) builder = override(builder);
  const compiled = await builder.compile();
  const app = compiled.createNestMicroservice(rookery({ ...options, service: process.service }));
  await app.listen();
  return app;
}

/** A dynamic module has a `module` as well, but none of the others. */
function isOptions(service: NestService): service is NestServiceOptions {
  return ['options', 'override', 'replicas', 'crashed'].some((option) => Object.hasOwn(service, option));
}
