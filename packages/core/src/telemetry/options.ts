import type { MeterProvider, TracerProvider } from '@opentelemetry/api';

/**
 * Where spans and metrics go. Without a provider, nothing is recorded, and trace context passes through as it came.
 */
export interface TelemetryOptions {
  /** Default: the one that is registered with OpenTelemetry's API, whenever that happens. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Default: the one that is registered with OpenTelemetry's API, whenever that happens. */
  readonly meterProvider?: MeterProvider | undefined;
}
