/** Tells the broker on a channel which may be at its end and not have said so yet: the broker gives again what it has not been told of. */
export function tell(word: () => void): void {
  try {
    word();
  } catch {
    // the channel is closed
  }
}
