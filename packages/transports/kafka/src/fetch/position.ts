/** How far a partition has been read. */
export class Position {
  readonly topic: string;
  readonly partition: number;
  /** The offset that is read next. */
  next: bigint;
  /** Whether it is to be read on now. */
  wanted = true;

  constructor(topic: string, partition: number, next: bigint) {
    this.topic = topic;
    this.partition = partition;
    this.next = next;
  }
}
