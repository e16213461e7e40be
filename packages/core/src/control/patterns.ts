/** Requests under this are answered by the server itself; applications cannot take them. */
export const CONTROL_PREFIX = 'rookery.control.';

/** What can be asked of a server's control. */
export const CONTROL = {
  describe: `${CONTROL_PREFIX}describe`,
  list: `${CONTROL_PREFIX}dead-letters.list`,
  groups: `${CONTROL_PREFIX}dead-letters.groups`,
  get: `${CONTROL_PREFIX}dead-letters.get`,
  replay: `${CONTROL_PREFIX}dead-letters.replay`,
  edit: `${CONTROL_PREFIX}dead-letters.edit`,
  drop: `${CONTROL_PREFIX}dead-letters.drop`,
  parked: `${CONTROL_PREFIX}dead-letters.parked`,
  release: `${CONTROL_PREFIX}dead-letters.release`,
  export: `${CONTROL_PREFIX}dead-letters.export`,
} as const;
