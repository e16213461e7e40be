import { startBroker } from '@rookery/brokers';
import { bench } from './bench.js';
import { suites } from './contender.js';
import { readOptions, usage, type BenchOptions } from './options.js';
import { killChildren } from './process/child.js';
import { profileAsText } from './profile/profile-text.js';
import { asText } from './report/table.js';
import { save } from './report/save.js';

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stopped.abort();
    killChildren();
  });
}

const options = optionsOrExit();
const kind = suites[options.suite].broker;
const broker = kind && (await startBroker(kind));
const report = await bench(options, {
  broker,
  progress: (line) => process.stderr.write(`${line}\n`),
  profiled: options.profile ? (...of) => process.stdout.write(`${profileAsText(...of)}\n\n`) : undefined,
  signal: stopped.signal,
}).finally(() => broker?.stop());
process.stdout.write(`\n${asText(report)}\n`);

if (options.saveTo !== undefined && !stopped.signal.aborted) {
  const file = save(options.saveTo, report.suite, report.date, report);
  process.stdout.write(`\nsaved to ${file}\n`);
}
if (report.failures.length > 0) process.exitCode = 1;
if (stopped.signal.aborted) process.exitCode = 130;

function optionsOrExit(): BenchOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}\n`);
    process.exit(2);
  }
}
