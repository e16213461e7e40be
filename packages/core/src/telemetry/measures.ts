import type { Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api';

/** What the conventions ask of histograms of durations in seconds. */
const SECONDS = {
  unit: 's',
  advice: {
    explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
};

/** What is measured. Names and units are those of OpenTelemetry's conventions; where these have none, `rookery.*`. */
export interface Measures {
  /** Of a logical call, with all its tries; of a stream, to its end. */
  readonly clientCall: Histogram;
  readonly serverCall: Histogram;
  readonly clientActive: UpDownCounter;
  readonly serverActive: UpDownCounter;
  /** Those whose kill switch has them pause or probe. */
  readonly pausedEndpoints: UpDownCounter;
  /** Tries after the first. */
  readonly retries: Counter;
  readonly sent: Counter;
  /** Of handing an event over. */
  readonly operation: Histogram;
  readonly consumed: Counter;
  /** Of handling an event. */
  readonly process: Histogram;
}

export function measuresOf(meter: Meter): Measures {
  return {
    clientCall: meter.createHistogram('rpc.client.call.duration', SECONDS),
    serverCall: meter.createHistogram('rpc.server.call.duration', SECONDS),
    clientActive: meter.createUpDownCounter('rookery.client.active_requests', { unit: '{request}' }),
    serverActive: meter.createUpDownCounter('rookery.server.active_requests', { unit: '{request}' }),
    pausedEndpoints: meter.createUpDownCounter('rookery.server.paused_endpoints', { unit: '{endpoint}' }),
    retries: meter.createCounter('rookery.client.retries', { unit: '{retry}' }),
    sent: meter.createCounter('messaging.client.sent.messages', { unit: '{message}' }),
    operation: meter.createHistogram('messaging.client.operation.duration', SECONDS),
    consumed: meter.createCounter('messaging.client.consumed.messages', { unit: '{message}' }),
    process: meter.createHistogram('messaging.process.duration', SECONDS),
  };
}
