/** A clock that moves only when told to. @module */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../../src/plugins/ports.ts";

export class VirtualClock implements Clock {
  private time: number;
  private timers: { at: number; callback: () => void }[] = [];

  constructor(time = 1_000_000) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  at(instant: number, callback: () => void): () => void {
    const timer = { at: instant, callback };
    this.timers.push(timer);
    if (instant <= this.time) queueMicrotask(() => this.fire(timer));
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }

  get armed(): readonly number[] {
    return this.timers.map(({ at }) => at);
  }

  /** Moves on and fires every timer that becomes due, in order, each at its own instant. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.time = Math.max(this.time, next.at);
      this.fire(next);
      await settled();
    }
    this.time = end;
    await settled();
  }

  private fire(timer: { at: number; callback: () => void }): void {
    if (!this.timers.includes(timer)) return;
    this.timers = this.timers.filter((one) => one !== timer);
    timer.callback();
  }
}

/** Resolves when everything that can happen now, with the store's answers, has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await setImmediate();
}
