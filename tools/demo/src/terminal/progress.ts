import type { Scene } from '../broker-death.js';

/** Milliseconds between two looks. */
const EVERY = 500;

/** Says what happens: on a terminal in one line that changes, elsewhere one line for each stage. */
export class Progress {
  readonly #live = process.stdout.isTTY;
  readonly #start = performance.now();
  #scene: Scene | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawn = false;

  show(scene: Scene): void {
    this.#erase();
    this.#scene = scene;
    clearInterval(this.#timer);
    if (scene.stage === 'over') return;
    console.log(`${this.#seconds().padStart(7)}  ${scene.stage}`);
    if (!this.#live) return;
    this.#timer = setInterval(() => this.#draw(), EVERY);
  }

  #draw(): void {
    this.#erase();
    const counts = this.#scene?.worlds.map(({ name, world }) => {
      const { accepted, answered } = world.counts();
      return `${name}: ${accepted} accepted, ${answered} answered`;
    });
    const line = `${this.#seconds().padStart(7)}  ${counts?.join('  │  ') ?? ''}`;
    process.stdout.write(line.slice(0, process.stdout.columns - 1));
    this.#drawn = true;
  }

  #erase(): void {
    if (this.#drawn) process.stdout.write('\r\u001b[2K');
    this.#drawn = false;
  }

  #seconds(): string {
    return `${((performance.now() - this.#start) / 1_000).toFixed(1)} s`;
  }
}
