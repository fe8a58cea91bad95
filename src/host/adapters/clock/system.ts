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
    const wait = instant - Date.now();
    const last = wait <= LONGEST_MS;
    timer = setTimeout(last ? callback : arm, Math.max(0, Math.min(wait, LONGEST_MS)));
    if (typeof timer === "object") timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}
