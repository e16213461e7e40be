/** Closes it; one that is closed already, or lost, has nothing to hand over. */
export async function closed(one: { close(): Promise<void> }): Promise<void> {
  try {
    await one.close();
  } catch {
    // lost
  }
}
