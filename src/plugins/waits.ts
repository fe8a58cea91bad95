/** The waits of one activation: short ones in place, long ones by suspension. @module */
import type { Waited } from "./call.ts";
import type { Clock } from "./ports.ts";

/** A task that waits longer gives its machine back (design D11). */
const GRACE = 1_000;

interface Until {
  readonly due?: number;
  readonly key?: string;
}

export class Waits {
  private readonly clock: Clock;
  /** Tells the supervisor under which key this task wants to be woken. */
  private readonly listen: (key: string) => void;
  private readonly pending = new Map<number, Until>();
  private readonly sleepers = new Map<number, (how: Waited) => void>();
  private readonly arrived = new Set<string>();
  private cancelled = false;

  constructor(clock: Clock, listen: (key: string) => void) {
    this.clock = clock;
    this.listen = listen;
  }

  /** Waits in place for up to a second, then gives up with `suspend`. */
  wait(call: number, until: Until): Promise<Waited> {
    if (this.cancelled) return Promise.resolve("cancelled");
    const { due, key } = until;
    if (key !== undefined) this.listen(key);
    const now = this.clock.now();
    if (key !== undefined && this.arrived.delete(key)) return Promise.resolve("woken");
    if (due !== undefined && due <= now) return Promise.resolve("due");
    this.pending.set(call, until);
    const long = key === undefined && (due === undefined || due - now > GRACE);
    if (long) return Promise.resolve("suspend");
    return this.inPlace(call, due, now);
  }

  /** Something arrived under a key. */
  wake(key: string): void {
    let waiting = false;
    for (const [call, until] of this.pending) {
      if (until.key !== key) continue;
      waiting = true;
      this.sleepers.get(call)?.("woken");
    }
    if (!waiting) this.arrived.add(key);
  }

  /** Every wait, present and future, ends as cancelled. */
  cancel(): void {
    this.cancelled = true;
    for (const sleeper of [...this.sleepers.values()]) sleeper("cancelled");
  }

  /** What a suspended task waits for: the earliest instant, and all keys. */
  get until(): { due: number | null; keys: string[] } {
    const all = [...this.pending.values()];
    const dues = all.flatMap(({ due }) => (due === undefined ? [] : [due]));
    return {
      due: dues.length > 0 ? Math.min(...dues) : null,
      keys: all.flatMap(({ key }) => (key === undefined ? [] : [key])),
    };
  }

  private inPlace(call: number, due: number | undefined, now: number): Promise<Waited> {
    const end = Math.min(due ?? Infinity, now + GRACE);
    return new Promise((resolve) => {
      const stop = this.clock.at(end, () => wakeUp(end === due ? "due" : "suspend"));
      const wakeUp = (how: Waited): void => {
        stop();
        this.sleepers.delete(call);
        if (how !== "suspend") this.pending.delete(call);
        resolve(how);
      };
      this.sleepers.set(call, wakeUp);
    });
  }
}
