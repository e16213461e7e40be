/** How the process ends, for whoever calls it. */
export const ExitCode = {
  /** All that was asked for was done. */
  done: 0,
  /** Something was not: a letter that failed again, one that is not there, an address at which nobody answered. */
  partly: 1,
  /** The command cannot be understood; nothing was done. */
  usage: 2,
  /** The service cannot be reached, does not let this caller operate it, or failed. */
  service: 3,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
