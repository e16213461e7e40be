/** A stream, and what each of its items is to whoever reads them together; `undefined` for nothing. */
export interface MergedSource<I, T> {
  readonly items: AsyncIterableIterator<I>;
  read(item: I): T | undefined;
}

/**
 * The items of some streams, as they come, until all have ended or `signal` aborts. It fails with the first that fails, and
 * whoever leaves it leaves all.
 */
export async function* mergedStreams<I, T>(
  sources: readonly MergedSource<I, T>[],
  signal?: AbortSignal,
): AsyncGenerator<T, undefined> {
  const pulls = new Map(sources.map((source) => [source, pull(source)]));
  const aborted = Promise.withResolvers<undefined>();
  const abort = (): void => aborted.resolve(undefined);
  signal?.addEventListener('abort', abort);
  try {
    while (pulls.size > 0 && !signal?.aborted) {
      const pulled = await Promise.race([...pulls.values(), aborted.promise]);
      if (!pulled) break;
      const { source, result } = pulled;
      if (result.done) {
        pulls.delete(source);
        continue;
      }
      pulls.set(source, pull(source));
      const item = source.read(result.value);
      if (item !== undefined) yield item;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    for (const { items } of pulls.keys()) void items.return?.();
  }
  return undefined;
}

interface Pulled<I, T> {
  readonly source: MergedSource<I, T>;
  readonly result: IteratorResult<I>;
}

function pull<I, T>(source: MergedSource<I, T>): Promise<Pulled<I, T>> {
  const pulled = source.items.next().then((result) => ({ source, result }));
  pulled.catch(() => undefined); // it may fail while the reader is busy with another, and is told when it asks
  return pulled;
}
