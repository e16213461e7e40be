export * from './certificates.js';
export * from './clock/observed-clock.js';
export * from './clock/seeded-random.js';
export * from './clock/virtual-clock.js';
export * from './conformance/cases.js';
export * from './conformance/conformance-case.js';
export * from './conformance/conformance.js';
export * from './conformance/member.js';
export * from './conformance/run-case.js';
export * from './conformance/subject.js';
export * from './conformance/test-runner.js';
export * from './conformance/world.js';
export * from './faults/brokered/account.js';
export * from './faults/brokered/brokered-faults.js';
export * from './faults/brokered/caller-program.js';
export * from './faults/brokered/journal.js';
export * from './faults/brokered/kept-program.js';
export * from './faults/brokered/orders.js';
export * from './faults/brokered/pace.js';
export * from './faults/brokered/run.js';
export * from './faults/brokered/scenario.js';
export * from './faults/brokered/scenarios.js';
export * from './faults/brokered/service-program.js';
export * from './faults/brokered/subject.js';
export * from './faults/brokered/world.js';
export * from './faults/fault-scenario.js';
export * from './faults/fault-subject.js';
export * from './faults/fault-world.js';
export * from './faults/faults.js';
export * from './faults/load/load.js';
export * from './faults/pace.js';
export * from './faults/place.js';
export * from './faults/process/program.js';
export * from './faults/proxy/direction.js';
export * from './faults/proxy/fault-proxy.js';
export type { Slowness } from './faults/proxy/faults.js';
export * from './faults/replica-program.js';
export * from './faults/run-scenario.js';
export * from './faults/scenarios.js';
export * from './free-ports.js';
export type { ChaosOptions, CrashOptions, Decision, Place } from './harness/chaos/options.js';
export type { Exploration, Explored } from './harness/explore.js';
export * from './harness/harness.js';
export type { HarnessOptions, Patience } from './harness/options.js';
export type {
  CoreService,
  CoreServiceOptions,
  DeclareService,
  ServiceParts,
} from './harness/process/core-service.js';
export type * from './harness/records/records.js';
export * from './waiting/aborted.js';
export * from './waiting/eventually.js';
export * from './waiting/rejection.js';
