/** What `work` comes to, unless Ctrl-C is pressed first: then it rejects at once, whatever becomes of the work. */
export async function interruptible<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const interrupted = Promise.withResolvers<never>();
  const abort = (): void => interrupted.reject(new Error('interrupted'));
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, interrupted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
