/** What every contender does; the workers of a client process do nothing but these. */
export interface Calls {
  /** The small call: a few numbers there, one number back. */
  sum(numbers: readonly number[]): Promise<number>;
  /** A JSON object of 1 KiB there and back, encoded and decoded on both sides. */
  echo(member: Member): Promise<Member>;
  /** An event, small or of 1 KiB: resolves when the medium has stored it. Only media that store have it. */
  note?(event: readonly number[] | Member): Promise<void>;
}

/** The record that the echo sends: the mixture of fields that a service's JSON usually has. */
export interface Member {
  id: number;
  name: string;
  email: string;
  active: boolean;
  balance: number;
  createdAt: string;
  tags: string[];
  address: { street: string; city: string; zip: string; geo: [number, number] };
  orders: { id: number; sku: string; quantity: number; price: number }[];
  note: string;
}
