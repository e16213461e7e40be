import { answers, kindOf } from './answers.js';
import { type Broker, type BrokerKind, titles } from './broker.js';
import { addressVariable } from './variables.js';

/** The server that the environment names; `undefined` when it names none. @throws Error when that does not answer */
export async function environmentBroker(
  kind: BrokerKind,
  env: NodeJS.ProcessEnv,
): Promise<Broker | undefined> {
  const name = addressVariable(kind);
  const url = env[name];
  if (!url) return undefined;
  if (kindOf(url) !== kind) throw new Error(`${name} is no address of ${titles[kind]}: ${url}`);
  if (!(await answers(url, 10_000))) throw new Error(`${titles[kind]} of ${name} does not answer at ${url}`);
  const refuse = async (): Promise<never> => {
    throw new Error(`${titles[kind]} at ${url} is not ours, ${name} named it: nothing is done to it`);
  };
  return {
    ...{ kind, url, ours: false, pid: undefined, listeners: {} },
    ...{ kill: refuse, pause: refuse, resume: refuse, restart: refuse, certify: refuse, ctl: refuse },
    stop: async () => {},
  };
}
