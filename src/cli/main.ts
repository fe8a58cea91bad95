/** The `periplus` command: picks the verb and loads only its code. @module */
import { KeptnError } from "../spec/errors.ts";
import { didYouMean } from "../spec/near.ts";
import { Interrupted, type Io, processIo } from "./io.ts";
import { overview, type Verb, VERBS } from "./overview.ts";
import type { Place } from "./place.ts";

/** Runs one command line; resolves with the exit code. */
export async function main(
  argv: readonly string[],
  place: Place,
  io: Io = processIo(),
): Promise<number> {
  try {
    return await dispatch(argv, place, io);
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    if (!KeptnError.is(error)) throw error;
    io.err.write(`periplus: ${error.message}\n`);
    return 1;
  }
}

async function dispatch(argv: readonly string[], place: Place, io: Io): Promise<number> {
  const [first] = argv;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    const found = first === "help" ? findVerb(argv.slice(1)) : undefined;
    if (found) return dispatch([...found.words.split(" "), "--help"], place, io);
    (first === undefined ? io.err : io.out).write(overview());
    return first === undefined ? 1 : 0;
  }
  if (first === "--version") return dispatch(["version", ...argv.slice(1)], place, io);
  const found = findVerb(argv);
  if (!found) return unknown(argv, io);
  return found.verb.run(argv.slice(found.words.split(" ").length), found.words, io, place);
}

/** The verb with the most words that the arguments begin with. */
function findVerb(argv: readonly string[]): { verb: Verb; words: string } | undefined {
  for (const count of [2, 1]) {
    const words = argv.slice(0, count).join(" ");
    const verb = VERBS.find((candidate) => candidate.words.includes(words));
    if (verb) return { verb, words };
  }
  return undefined;
}

function unknown(argv: readonly string[], io: Io): number {
  const [first = "", second] = argv;
  const names = VERBS.flatMap(({ words }) => words);
  const below = names.filter((name) => name.startsWith(`${first} `));
  if (below.length > 0) {
    const nouns = below.map((name) => name.slice(first.length + 1));
    const given = second !== undefined && !second.startsWith("-");
    const said = given
      ? `unknown command ${first} ${second}${didYouMean(second, nouns)}`
      : `${first} what?`;
    io.err.write(`periplus: ${said}: ${first} takes ${nouns.join(", ")}\n`);
    return second === "--help" || second === "-h" ? 0 : 1;
  }
  const near = didYouMean(first, [...names, ...names.map((name) => name.split(" ")[0]!)]);
  io.err.write(`periplus: unknown command ${first}${near}: see periplus --help\n`);
  return 1;
}
