/** Errors that the host throws into a plugin's code. @module */

/** It is unknown whether a request that was under way at a crash was carried out (`onUncertain: "fail"`). */
export class Uncertain extends Error {
  override readonly name = "Uncertain";
}

/** The task was aborted or timed out; `finally` blocks run, then `cancel`. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}
