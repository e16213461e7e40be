import { run, type Terminal } from '../src/index.js';

/** What a command has said, and how it ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface PersonOptions {
  /** Answers what is asked; without it there is nobody to ask. */
  readonly answer?: ((question: string) => boolean) | undefined;
  readonly input?: string;
  readonly interrupted?: AbortSignal;
  readonly columns?: number;
  /** Called with each line beside the output. */
  readonly onErr?: (line: string) => void;
}

/** Runs `rookery` with these arguments, as a person at a terminal would. */
export async function rookery(args: readonly string[], options: PersonOptions = {}): Promise<Said> {
  const { answer, input = '', interrupted = new AbortController().signal, columns, onErr } = options;
  let out = '';
  const err: string[] = [];
  const terminal: Terminal = {
    columns,
    interrupted,
    confirm: answer && (async (question) => answer(question)),
    out: async (text) => void (out += text),
    err: (line) => {
      err.push(line);
      onErr?.(line);
    },
    input: async () => input,
  };
  const code = await run(args, terminal);
  return { code, out, err: err.join('\n') };
}
