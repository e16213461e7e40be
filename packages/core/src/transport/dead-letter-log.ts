/**
 * Where a medium keeps a service's dead letters: what has become of each, in its order, from which every replica makes the
 * same index. A medium that forgets its oldest entries has those that are still there appended again before that.
 */
export interface DeadLetterLog {
  /**
   * Appends what has become of a letter: its text, or `undefined` when it is gone. Resolves when the medium has it durably;
   * rejects when it has not, and then the event is delivered again.
   */
  append(id: string, letter: string | undefined): Promise<void>;
  /**
   * Calls `take` with each change in its order, from the oldest that is kept on; of one id at least with the latest. Resolves
   * when all that was there at the call has been read, and goes on with what comes until the transport is closed.
   *
   * @param keep called by a log that is about to forget the latest of a letter that is there: it is to be appended again
   */
  read(take: (id: string, letter: string | undefined) => void, keep: (id: string) => void): Promise<void>;
}
