/** The guest's end of the wire: calls with their indices, and the answers that settle them. @module */
import type { CallName, Calls } from "../calls.ts";
import { type Post, POST } from "../post.ts";
import { Cancelled, Uncertain } from "../../sdk/errors.ts";

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const encode = JSON.stringify;
const decode = JSON.parse;

/** Calls of one activation. */
export class Wire {
  /** Calls without an answer. */
  outstanding = 0;
  /** Calls made so far, repetitions included. */
  issued = 0;
  readonly #post: Post;
  readonly #pending = new Map<number, Pending>();
  #next = 0;

  constructor(post: Post) {
    this.#post = post;
  }

  call<N extends CallName>(name: N, args: Calls[N]["args"]): Promise<Calls[N]["answer"]> {
    return this.send(this.reserve(), name, args);
  }

  /** Takes the next index. */
  reserve(): number {
    return this.#next++;
  }

  /** Lets the following calls count on from an index again. */
  rewind(next: number): void {
    this.#next = next;
  }

  /** Makes a call under a given index. */
  send<N extends CallName>(
    index: number,
    name: N,
    args: Calls[N]["args"],
  ): Promise<Calls[N]["answer"]> {
    // The answer comes on an empty stack: a refusal points at the line that asked.
    const asked = new Error().stack;
    return new Promise((resolve, reject) => {
      const refused = (error: Error): void => {
        if (asked !== undefined) error.stack = asked;
        reject(error);
      };
      this.#pending.set(index, { resolve: resolve as Pending["resolve"], reject: refused });
      this.outstanding++;
      this.issued++;
      this.#post(POST.call, index, name, encode(args));
    });
  }

  log(level: "info" | "warn" | "error", line: string): void {
    this.#post(POST.log, 0, level, line);
  }

  settle(index: number, ok: boolean, json: string): void {
    const waiting = this.#pending.get(index);
    if (!waiting) return;
    this.#pending.delete(index);
    this.outstanding--;
    if (ok) waiting.resolve(decode(json));
    else waiting.reject(errorOf(decode(json) as { name: string; message: string }));
  }
}

function errorOf({ name, message }: { name: string; message: string }): Error {
  if (name === "Cancelled") return new Cancelled(message);
  if (name === "Uncertain") return new Uncertain(message);
  const error = new Error(message);
  if (name !== "Error") Object.defineProperty(error, "name", { value: name, configurable: true });
  return error;
}
