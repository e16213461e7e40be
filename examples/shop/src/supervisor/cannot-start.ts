/** Something that the person who starts the shop can put right; shown as its message alone. */
export class CannotStart extends Error {}
