/** The defaults, but for what would be waited for. */
export const FAULT_OPTIONS = { reconnect: { first: 20, longest: 500 }, startTimeout: 60_000 };
