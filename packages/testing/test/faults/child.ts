// Says what it is told, beats every 5 ms, and leaves when it is asked to.
const [, , greeting, mode] = process.argv;
process.once('SIGTERM', () => process.exit(7));
if (mode === 'broken') {
  process.stderr.write('no such thing\n');
  process.exit(3);
}
if (mode === 'silent') setInterval(() => undefined, 1_000);
else process.stdout.write(`${greeting}\n`);
if (mode === 'beating') setInterval(() => process.stdout.write('beat\n'), 5);
