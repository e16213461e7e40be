import type { Body } from '../../envelope/envelope.js';
import type { PolicyCall } from '../step.js';

/** Bytes or characters of a request or an answer that is kept. */
const MAX_SIZE = 64 * 1024;

interface Kept {
  readonly body: Body;
  readonly at: number;
}

/** The last good answers of a target, as they were encoded. */
export class LastGood {
  readonly #maxAge: number;
  readonly #maxKept: number;
  readonly #answers = new Map<string, Kept>();

  /** @param maxAge milliseconds */
  constructor(maxAge: number, maxKept: number) {
    this.#maxAge = maxAge;
    this.#maxKept = maxKept;
  }

  keep(call: PolicyCall, body: Body, now: number): void {
    const key = keyOf(call);
    if (key === undefined || (body?.length ?? 0) > MAX_SIZE) return;
    this.#answers.delete(key);
    this.#answers.set(key, { body, at: now });
    if (this.#answers.size <= this.#maxKept) return;
    const [oldest] = this.#answers.keys();
    if (oldest !== undefined) this.#answers.delete(oldest);
  }

  find(call: PolicyCall, now: number): { readonly body: Body } | undefined {
    const key = keyOf(call);
    const kept = key === undefined ? undefined : this.#answers.get(key);
    if (key === undefined || !kept) return undefined;
    this.#answers.delete(key);
    if (now - kept.at > this.#maxAge) return undefined;
    this.#answers.set(key, kept);
    return kept;
  }
}

/** All that an answer may depend on, so that nobody is shown what was somebody else's. */
function keyOf({
  pattern,
  body,
  upload,
  envelope: { caller, tenant, headers },
}: PolicyCall): string | undefined {
  if (upload || (body?.length ?? 0) > MAX_SIZE) return undefined;
  const content = body instanceof Uint8Array ? Buffer.from(body).toString('base64') : body;
  return JSON.stringify([pattern, typeof body, content, caller, tenant, headers]);
}
