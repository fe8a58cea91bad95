/** Keeps a flood of events from filling the memory: what is not yet durable is counted. @module */
import { KeptnError } from "../../spec/errors.ts";

export interface Flood {
  /**
   * Runs work on a body of so many bytes; they count until it is done.
   *
   * @throws {KeptnError} ERR_RATE_LIMITED when too much is under way already
   */
  admit<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

export function createFlood(most: number): Flood {
  let underway = 0;
  return {
    async admit(bytes, work) {
      // One body is always let in, so that no limit can lock everybody out.
      if (underway > 0 && underway + bytes > most) {
        throw new KeptnError(
          "ERR_RATE_LIMITED",
          `too many events at once: ${underway} bytes wait to be written, at most ${most} may; send it again in a second`,
          { retryAfter: 1 },
        );
      }
      underway += bytes;
      try {
        return await work();
      } finally {
        underway -= bytes;
      }
    },
  };
}
