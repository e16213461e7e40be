/** Of each topic. */
export const PARTITIONS = 4;
/** Milliseconds after which a consumer that says nothing counts as dead; stock has 30,000 by itself, Rookery 10,000. */
export const SESSION = 6_000;
