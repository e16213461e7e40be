/**
 * Loaded into each service before its own code: the service ends when the supervisor is gone, however it went. The
 * channel to it is then closed.
 */

/** Milliseconds to drain in. */
const PATIENCE = 10_000;

process.once('disconnect', () => {
  // Nobody reads what is still said; without this it would be an error.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), PATIENCE).unref();
});
if (!process.connected) process.exit(1);
