/** Few partitions and short times, because the scenarios wait for them. */
export const FAULT_OPTIONS = {
  partitions: { events: 4, requests: 4, replies: 4 },
  ...{ sessionTimeout: 6_000, openTimeout: 60_000 },
  reconnect: { first: 20, longest: 500 },
};
