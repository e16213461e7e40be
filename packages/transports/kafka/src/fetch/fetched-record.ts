/** One message as it was read from a partition. */
export interface FetchedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since the Unix epoch, by its sender's clock or the broker's, as the topic is set up. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: Buffer | null, value: Buffer | null])[];
}

/** The text of the first header with this name. */
export function headerOf({ headers }: FetchedRecord, name: string): string | undefined {
  for (const [key, value] of headers) {
    if (key?.length === name.length && key.toString('latin1') === name) return value?.toString();
  }
  return undefined;
}
