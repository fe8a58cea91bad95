/** One wake-up for the next instant at which time alone changes an execution. @module */
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Store } from "../ports/store.ts";
import { selectDue, selectNextDue } from "../tables/execution_table.ts";
import type { Execution } from "../tables/state.ts";
import { derivedId } from "./ids.ts";

const MOST_AT_ONCE = 200;
const RETRY_MS = 1_000;

export interface Due {
  readonly execution: string;
  /** Follows from execution and instant: two hosts that fire the same timer name it alike. */
  readonly cause: string;
}

/** Fires due executions; the store knows when, memory only the nearest instant. */
export class Timers {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly fire: (due: Due) => Promise<unknown>;
  private next = Infinity;
  /** The nearest instant that was written while due executions are fired. */
  private meanwhile = Infinity;
  private cancel: (() => void) | undefined;
  private stopped = false;
  /** Set while due executions are fired. */
  busy: Promise<void> | undefined;

  constructor(store: Store, clock: Clock, log: Log, fire: (due: Due) => Promise<unknown>) {
    this.store = store;
    this.clock = clock;
    this.log = log;
    this.fire = fire;
  }

  /** Arms the wake-up for what the store has. */
  async resume(): Promise<void> {
    const due = await this.nextDue();
    if (due !== undefined) this.arm(due);
  }

  /** Takes note of executions that were written. */
  changed(executions: Iterable<Execution>): void {
    for (const { due } of executions) if (due !== null && due < this.next) this.arm(due);
  }

  stop(): void {
    this.stopped = true;
    this.cancel?.();
  }

  private arm(instant: number): void {
    if (this.stopped) return;
    if (this.busy) {
      this.meanwhile = Math.min(this.meanwhile, instant);
      return;
    }
    this.cancel?.();
    this.next = instant;
    this.cancel = this.clock.at(instant, () => {
      this.busy = this.fireDue();
    });
  }

  private async fireDue(): Promise<void> {
    let next: number | undefined;
    try {
      for (let full = true; full && !this.stopped;) full = await this.fireSome();
      next = await this.nextDue();
    } catch (error) {
      next = this.clock.now() + RETRY_MS;
      this.log("error", "due timers could not be fired; they will be tried again", {
        error: String(error),
      });
    }
    this.busy = undefined;
    const nearest = Math.min(next ?? Infinity, this.meanwhile);
    this.next = this.meanwhile = Infinity;
    if (nearest < Infinity) this.arm(nearest);
  }

  private async nextDue(): Promise<number | undefined> {
    const [rows] = await this.store.read([selectNextDue()]);
    const due = rows![0]?.due;
    return due === null || due === undefined ? undefined : Number(due);
  }

  /** Fires what is due now, up to a number; returns whether there may be more. */
  private async fireSome(): Promise<boolean> {
    const [rows] = await this.store.read([selectDue(this.clock.now(), MOST_AT_ONCE)]);
    const fired = rows!.map(({ id, due }) => {
      const cause = derivedId(`timer:${String(id)}`, Number(due));
      return this.fire({ execution: String(id), cause });
    });
    await Promise.all(fired);
    return rows!.length === MOST_AT_ONCE;
  }
}
