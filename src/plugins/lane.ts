/** The queue of one plugin: at most so many tasks at once, and a pause after repeated limit kills. @module */
import type { Clock } from "./ports.ts";

const KILLS = 3;
const WINDOW = 60_000;
const FIRST_PAUSE = 10_000;
const LONGEST_PAUSE = 600_000;

/** Runs what is pushed, in order, a few at a time. */
export class Lane<Work> {
  private readonly clock: Clock;
  private readonly atOnce: number;
  private readonly run: (work: Work) => Promise<void>;
  private queue: Work[] = [];
  private head = 0;
  private running = 0;
  private kills: number[] = [];
  private pauses = 0;
  private pausedUntil = 0;
  private stopped = false;

  constructor(clock: Clock, atOnce: number, run: (work: Work) => Promise<void>) {
    this.clock = clock;
    this.atOnce = atOnce;
    this.run = run;
  }

  push(work: Work): void {
    this.queue.push(work);
    this.next();
  }

  /** Takes work back that has not begun. */
  remove(work: Work): boolean {
    const at = this.queue.indexOf(work, this.head);
    if (at >= 0) this.queue.splice(at, 1);
    return at >= 0;
  }

  /** Begins nothing any more. */
  stop(): void {
    this.stopped = true;
  }

  /** A limit ended a run; the third within a minute pauses the lane, each time twice as long. */
  killed(): void {
    const now = this.clock.now();
    this.kills = [...this.kills.filter((at) => at > now - WINDOW), now];
    if (this.kills.length < KILLS) return;
    this.kills = [];
    const pause = Math.min(FIRST_PAUSE * 2 ** this.pauses, LONGEST_PAUSE);
    this.pauses += 1;
    this.pausedUntil = now + pause;
    this.clock.at(this.pausedUntil, () => this.next());
  }

  /** The plugin changed: what the old version did is forgiven. */
  forgive(): void {
    this.kills = [];
    this.pauses = 0;
    this.pausedUntil = 0;
    this.next();
  }

  /** Instant until which the plugin is in quarantine, or null. */
  get quarantine(): number | null {
    return this.pausedUntil > this.clock.now() ? this.pausedUntil : null;
  }

  get load(): { readonly running: number; readonly queued: number } {
    return { running: this.running, queued: this.queue.length - this.head };
  }

  private next(): void {
    while (!this.stopped && this.running < this.atOnce && this.head < this.queue.length) {
      if (this.quarantine !== null) return;
      const work = this.queue[this.head]!;
      this.head += 1;
      if (this.head > 1_024) {
        this.queue = this.queue.slice(this.head);
        this.head = 0;
      }
      this.running += 1;
      void this.run(work).finally(() => {
        this.running -= 1;
        this.next();
      });
    }
  }
}
