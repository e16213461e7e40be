/** Which declaration set a value: the innermost wins. */
export type PolicyLevel = 'default' | 'module' | 'client' | 'pattern' | 'call' | 'server' | 'endpoint';

/** A policy's options: each with its value and where it was set. */
export type PolicyValues = Readonly<Record<string, { readonly value: unknown; readonly from: PolicyLevel }>>;

/** One policy of a list, as `describe()` shows it. */
export interface PolicyDescription {
  readonly name: string;
  readonly values: PolicyValues;
}
