export async function serverCost(steps: number, calls: number): Promise<number> {
  return Promise.resolve(steps * calls * 0);
}
