/** Puts the web globals of a guest in place. @module */
import type { Wire } from "./wire.ts";
import { createConsole } from "./console.ts";
import { createFetch, GuestHeaders, GuestResponse } from "./fetch.ts";
import { clone } from "./clone.ts";
import { GuestTextDecoder, GuestTextEncoder } from "./text.ts";
import { GuestUrl } from "./url.ts";
import { GuestSearchParams } from "./search_params.ts";

/** Defines the globals; `wire` gives the wire of the activation that runs. */
export function installGlobals(wire: () => Wire): void {
  const globals: { [name: string]: unknown } = {
    self: globalThis,
    console: createConsole((level, line) => wire().log(level, line)),
    fetch: createFetch((call) => wire().call("http", call)),
    Headers: GuestHeaders,
    Response: GuestResponse,
    structuredClone: clone,
    TextDecoder: GuestTextDecoder,
    TextEncoder: GuestTextEncoder,
    URL: GuestUrl,
    URLSearchParams: GuestSearchParams,
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
  Reflect.deleteProperty(globalThis, "eval");
}
