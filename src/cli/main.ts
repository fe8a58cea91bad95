/** The `periplus` command: picks the verb and loads only its code. @module */
import type { Place } from "./place.ts";

/** Runs one command line; resolves with the exit code when it is known, else the process goes on. */
export async function main(argv: readonly string[], place: Place): Promise<number | undefined> {
  const [verb, ...rest] = argv;
  if (verb === "serve") return (await import("./serve.ts")).serve(rest, place);
  process.stderr.write(`periplus: unknown command ${verb ?? ""}\n`);
  return 1;
}
