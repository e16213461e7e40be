import { inspect } from 'node:util';
import type { Answer, Ask, Commands } from './commands.js';

/**
 * Answers the parent's commands for as long as the parent lives: the process ends with the channel to it,
 * so that nothing is left behind however the parent died.
 */
export function answerParent<C extends Commands<C>>(handlers: {
  [Name in keyof C]: (ask: C[Name]['ask']) => Promise<C[Name]['answer']> | C[Name]['answer'];
}): void {
  const answer = (message: Answer) => process.send?.(message);
  const byName = handlers as Record<string, (ask: object) => unknown>;

  process.on('message', (message) => {
    const { command, ask } = message as Ask;
    new Promise((resolve) => resolve(byName[command]?.(ask))).then(
      (value) => answer({ answer: value }),
      (error: unknown) => answer({ error: inspect(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}
