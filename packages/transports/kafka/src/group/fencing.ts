/** A fencing token as members of a group tell it to each other: among what Kafka's protocol lets them add. */
export function encodeFencing(fencingToken: number): Buffer {
  return Buffer.from(JSON.stringify({ fencingToken }));
}

/** 0 when nothing, or something else, was added. */
export function decodeFencing(added: Buffer | null | undefined): number {
  try {
    const { fencingToken } = JSON.parse(String(added)) as { fencingToken?: unknown };
    return Number.isSafeInteger(fencingToken) ? (fencingToken as number) : 0;
  } catch {
    return 0;
  }
}
