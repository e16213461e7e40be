/** Where something listens. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** These tests do not leave the machine. */
export const LOOPBACK = '127.0.0.1';
