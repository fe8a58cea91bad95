/** The machine's clock. @module */
import type { Clock } from "../../ports/clock.ts";

/** The longest wait that a timer takes; later instants are reached in several. */
const LONGEST_MS = 2 ** 31 - 1;

/** A clock whose timers do not keep the process alive. */
export function systemClock(): Clock {
  return { now: () => Date.now(), at };
}

function at(instant: number, callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (): void => {
    const wait = Math.max(0, Math.min(instant - Date.now(), LONGEST_MS));
    timer = setTimeout(fire, wait);
    if (typeof timer === "object") timer.unref();
  };
  // Timers follow another clock than `now`, and may fire a millisecond before it is there.
  const fire = (): void => (Date.now() < instant ? arm() : callback());
  arm();
  return () => clearTimeout(timer);
}
