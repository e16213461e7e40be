/** The events that this process has handled. */
export const handled = { count: 0 };
