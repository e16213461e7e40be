/** `up` is from the side that connected to the target, `down` is back. */
export type Direction = 'up' | 'down';

/** One direction, or each of them. */
export type Sides = Direction | 'both';

export function concerns(sides: Sides, direction: Direction): boolean {
  return sides === 'both' || sides === direction;
}
