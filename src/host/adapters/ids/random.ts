/** Identifiers from the runtime's random source. @module */
import type { Ids } from "../../ports/clock.ts";

/** Ids fit for tokens, on every runtime with WebCrypto. */
export function randomIds(): Ids {
  return {
    uuid: () => crypto.randomUUID(),
    bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}
