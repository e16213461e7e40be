/** The second word of every frame: what it is. Numbers are never given a second meaning; see PROTOCOL.md. */
export const FrameType = {
  hello: 1,
  welcome: 2,
  goodbye: 3,
  ping: 4,
  pong: 5,
  pattern: 6,
  chunk: 7,
  request: 8,
  reply: 9,
  fail: 10,
  cancel: 11,
  credit: 12,
  event: 13,
  ack: 14,
  challenge: 15,
  proof: 16,
  // Only with a peer that knows `uploads`:
  item: 17,
  broken: 18,
  demand: 19,
  enough: 20,
  // Only with a peer that knows `pauses`:
  window: 21,
  // Only with a peer that knows `owners`:
  owner: 22,
} as const;

/** The names of the types, by number. */
export const FRAME_NAMES: readonly (string | undefined)[] = Object.entries(FrameType).reduce<string[]>(
  (names, [name, type]) => {
    names[type] = name.toUpperCase();
    return names;
  },
  [],
);
