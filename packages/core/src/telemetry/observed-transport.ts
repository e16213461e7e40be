import type { BatchObservableCallback, Meter, Observable } from '@opentelemetry/api';
import type { Transport } from '../transport/transport.js';
import type { Observed } from './telemetry.js';

/** Whether the medium takes messages, as a metric; there is none before it has not for the first time. */
export class ObservedTransport implements Observed {
  readonly #transport: Transport;
  readonly #unwatch: () => void;
  #wasBlocked = false;
  #stop: (() => void) | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#unwatch = transport.watch(() => (this.#wasBlocked ||= this.#blocked));
  }

  observeIn(meter: Meter | undefined): void {
    this.#stop?.();
    this.#stop = undefined;
    if (!meter) return;
    const blocked = meter.createObservableGauge('rookery.transport.blocked', { unit: '{connection}' });
    const observed: Observable[] = [blocked];
    const callback: BatchObservableCallback = (result) => {
      if (!this.#wasBlocked) return;
      result.observe(blocked, this.#blocked ? 1 : 0, { 'rookery.transport': this.#transport.scheme });
    };
    meter.addBatchObservableCallback(callback, observed);
    this.#stop = () => meter.removeBatchObservableCallback(callback, observed);
  }

  end(): void {
    this.#unwatch();
  }

  get #blocked(): boolean {
    const { state } = this.#transport;
    return state.status === 'ready' && state.blocked !== undefined;
  }
}
