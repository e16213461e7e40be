import { Expiring } from '../src/clock/deadlines.js';

/** What goes on a wheel, and does what a test wants when its time has come. */
export class Alarm extends Expiring {
  readonly #ring: () => void;

  constructor(ring: () => void = () => undefined) {
    super();
    this.#ring = ring;
  }

  expire(): void {
    this.#ring();
  }
}
