/** Time and identity as ports, so that both can be replayed. @module */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once at an instant, at once if it has passed; returns what cancels it. */
  at(instant: number, callback: () => void): () => void;
}

export interface Ids {
  /** A fresh random UUID, version 4. */
  uuid(): string;
  /** Random bytes, fit for tokens. */
  bytes(count: number): Uint8Array;
}
