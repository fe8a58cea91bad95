/** A clock that moves only when told, instant by instant. @module */
import type { Clock } from "../../src/host/ports/clock.ts";

interface Timer {
  readonly instant: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  private time: number;
  private readonly timers = new Set<Timer>();

  constructor(start = 0) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  at(instant: number, callback: () => void): () => void {
    const timer = { instant, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Moves to an instant; every timer up to and including it fires at its own, and settles. */
  async advanceTo(target: number, settle: () => Promise<void>): Promise<void> {
    for (let next = this.next(target); next; next = this.next(target)) {
      this.timers.delete(next);
      this.time = Math.max(this.time, next.instant);
      next.callback();
      await settle();
    }
    this.time = target;
  }

  private next(target: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.instant <= target && (!first || timer.instant < first.instant)) first = timer;
    }
    return first;
  }
}
