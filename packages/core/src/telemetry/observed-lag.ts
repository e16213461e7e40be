import type { Attributes, BatchObservableCallback, Meter, Observable } from '@opentelemetry/api';
import type { Lag } from '../transport/lag.js';
import type { Observed } from './telemetry.js';

/** Metrics of what waits in the medium. It is asked whenever somebody collects, and never else. */
export class ObservedLag implements Observed {
  readonly #read: () => Promise<readonly Lag[]>;
  #stop: (() => void) | undefined;

  constructor(read: () => Promise<readonly Lag[]>) {
    this.#read = read;
  }

  observeIn(meter: Meter | undefined): void {
    this.#stop?.();
    this.#stop = undefined;
    if (!meter) return;
    const waiting = meter.createObservableGauge('rookery.consumer.lag', { unit: '{message}' });
    const oldest = meter.createObservableGauge('rookery.consumer.lag.age', { unit: 's' });
    const observed: Observable[] = [waiting, oldest];
    const callback: BatchObservableCallback = async (result) => {
      // Without a connection there is nothing to say, which the state of the transport tells.
      const lags = await this.#read().catch(() => []);
      for (const lag of lags) {
        const attributes = attributesOf(lag);
        result.observe(waiting, lag.waiting, attributes);
        if (lag.oldest !== undefined) result.observe(oldest, lag.oldest / 1_000, attributes);
      }
    };
    meter.addBatchObservableCallback(callback, observed);
    this.#stop = () => meter.removeBatchObservableCallback(callback, observed);
  }
}

function attributesOf({ service, of, endpoint, destination }: Lag): Attributes {
  return {
    'messaging.system.name': 'rookery',
    'messaging.consumer.group.name': service,
    'messaging.destination.name': destination,
    'rookery.lag.of': of,
    ...(endpoint === undefined ? {} : { 'messaging.destination.subscription.name': endpoint }),
  };
}
