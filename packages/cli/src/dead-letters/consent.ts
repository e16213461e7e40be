import type { Terminal } from '../terminal.js';
import type { Invocation } from '../subcommand.js';
import { UsageError } from '../usage-error.js';

type Confirm = NonNullable<Terminal['confirm']>;

/**
 * Who is asked before something is changed that cannot be taken back; always yes with `--yes`.
 *
 * @throws UsageError when there is nobody to ask
 */
export function consentOf({ values, terminal }: Invocation, what: string): Confirm {
  if (values['yes'] === true) return async () => true;
  if (terminal.confirm) return terminal.confirm;
  throw new UsageError(`${what} asks before it does it, and there is no terminal to ask at: say --yes`);
}
