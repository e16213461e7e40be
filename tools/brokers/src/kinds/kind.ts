import type { Launch } from '../launch.js';
import type { Security } from '../security.js';

/** All that is different between brokers. */
export interface Kind<Found = unknown> {
  /** What begins its addresses. */
  readonly schemes: readonly string[];
  /** An address, for people: `kafka://host:port`. */
  readonly address: string;
  /** Finds what it takes to run one, and fetches it where it may. @throws BrokerAbsent */
  find(): Promise<Found>;
  /** Writes what one of its own needs into the folder. */
  launch(found: Found, folder: string, security?: Security): Promise<Launch>;
  /**
   * Resolves when the one at this address really answers.
   *
   * @param within milliseconds
   * @throws Error when it does not
   */
  ask(url: URL, within: number): Promise<void>;
}
