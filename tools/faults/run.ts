// `npm run faults -- tcp|rabbitmq|kafka [--save]`: every scenario of faults in its full length, one after another, on
// loopback only.
import { runBrokeredFaults } from './brokered/run-brokered.ts';
import { readOptions, usage } from './options.ts';
import { runDirectFaults } from './run-direct.ts';

// What was started ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  const options = readOptions(process.argv.slice(2), ['tcp', 'rabbitmq', 'kafka']);
  const { transport } = options;
  const good =
    transport === 'rabbitmq' || transport === 'kafka'
      ? await runBrokeredFaults(transport, options)
      : await runDirectFaults(options);
  process.exitCode = good ? 0 : 1;
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
