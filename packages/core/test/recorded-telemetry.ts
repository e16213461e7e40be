import { context, propagation, trace, type Attributes } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace';
import { onTestFinished } from 'vitest';

/** The real SDK for spans, kept in memory. */
export function recordedSpans() {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const named = (name: string): ReadableSpan => {
    const spans = exporter.getFinishedSpans().filter((span) => span.name === name);
    if (spans.length !== 1) {
      const names = exporter.getFinishedSpans().map((span) => span.name);
      throw new Error(`there are ${spans.length} spans '${name}' among ${JSON.stringify(names)}`);
    }
    return spans[0] as ReadableSpan;
  };
  return { tracerProvider, named, all: () => exporter.getFinishedSpans() };
}

/** The real SDK for metrics, kept in memory. */
export function recordedMetrics() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => meterProvider.shutdown());
  /** The data points of a metric, with the sum of a histogram as its value. */
  const points = async (
    name: string,
  ): Promise<{ attributes: Attributes; value: number; count?: number }[]> => {
    await meterProvider.forceFlush();
    const metrics =
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    const data = metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    return data.map(({ attributes, value }) => {
      if (typeof value === 'number') return { attributes, value };
      const { sum = 0, count } = value as { sum?: number; count: number };
      return { attributes, value: sum, count };
    });
  };
  return { meterProvider, points };
}

/** Makes OpenTelemetry's own context real for one test, as registering an SDK does. */
export function withActiveContext(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(() => {
    context.disable();
    trace.disable();
    propagation.disable();
  });
}
