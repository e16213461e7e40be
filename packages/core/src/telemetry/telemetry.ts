import {
  createNoopMeter,
  metrics,
  ProxyTracerProvider,
  trace,
  type Meter,
  type MeterProvider,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import type { PolicyValues } from '../policies/describe.js';
import { measuresOf, type Measures } from './measures.js';
import type { TelemetryOptions } from './options.js';

const SCOPE = '@rookery/core';
/** What the API's own provider stands for while nobody has registered another. */
const NO_TRACERS = new ProxyTracerProvider().getDelegate();

/** What there is to record with; at least one of the two. */
export interface Instruments {
  readonly tracer: Tracer | undefined;
  readonly measures: Measures | undefined;
}

/** What is not recorded as it happens, but looked at when somebody collects. */
export interface Observed {
  /** From now on in this meter, and in no other. */
  observeIn(meter: Meter | undefined): void;
  end?(): void;
}

/**
 * Looks for an SDK at each message, so that one that is registered late, or taken away, is noticed. That costs two
 * look-ups in the API's globals; test/telemetry-cost.test.ts prints what they cost.
 */
export class Telemetry {
  readonly #options: TelemetryOptions;
  #tracers: TracerProvider | undefined;
  #meters: MeterProvider | undefined;
  #found: Instruments | undefined;
  #meter: Meter | undefined;
  readonly #observed = new Set<Observed>();

  constructor(options: TelemetryOptions = {}) {
    this.#options = options;
  }

  /** `undefined` while nobody collects anything. */
  get instruments(): Instruments | undefined {
    const { tracerProvider, meterProvider } = this.#options;
    const tracers = delegateOf(tracerProvider ?? trace.getTracerProvider());
    const meters = meterProvider ?? metrics.getMeterProvider();
    if (tracers !== this.#tracers || meters !== this.#meters) this.#look(tracers, meters);
    return this.#found;
  }

  /** Has something observed wherever metrics go, now and after each change. */
  observe(observed: Observed): void {
    this.#observed.add(observed);
    void this.instruments; // looks for the meter
    observed.observeIn(this.#meter);
  }

  /** Has nothing observed any more. */
  end(): void {
    for (const observed of this.#observed) {
      observed.observeIn(undefined);
      observed.end?.();
    }
    this.#observed.clear();
  }

  /** What is collected at this moment, and whether it goes where the options or where the API's globals say. */
  describe(): PolicyValues {
    const { tracerProvider, meterProvider } = this.#options;
    const { instruments } = this;
    return {
      spans: { value: instruments?.tracer !== undefined, from: tracerProvider ? 'client' : 'default' },
      metrics: { value: instruments?.measures !== undefined, from: meterProvider ? 'client' : 'default' },
    };
  }

  #look(tracers: TracerProvider, meters: MeterProvider): void {
    this.#tracers = tracers;
    this.#meters = meters;
    const tracer = tracers === NO_TRACERS ? undefined : tracers.getTracer(SCOPE);
    const meter = meters.getMeter(SCOPE);
    this.#meter = meter === createNoopMeter() ? undefined : meter;
    const measures = this.#meter && measuresOf(this.#meter);
    this.#found = tracer || measures ? { tracer, measures } : undefined;
    for (const observed of this.#observed) observed.observeIn(this.#meter);
  }
}

/** The provider that a proxy (of whichever copy of the API) stands for. */
function delegateOf(provider: TracerProvider): TracerProvider {
  return (provider as Partial<ProxyTracerProvider>).getDelegate?.() ?? provider;
}
