/** What the code of a process that was lost gets where it awaits. A new one each time: one for all would keep all of it. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}
