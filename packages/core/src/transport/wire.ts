/**
 * A format that a transport speaks: Rookery's own, or the one that stock Nest has on that medium. The stock wire carries
 * no deadline, no acknowledgement and no context.
 */
export type Wire = 'rookery' | 'nest';
