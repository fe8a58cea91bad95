/** Real files of Keptn users, read in place when they are there. @module */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const FIXTURES = join(process.env.PERIPLUS_SHARED ?? "../shared", "fixtures");
export const HAVE_FIXTURES = existsSync(join(FIXTURES, "index.csv"));
/** For the name of a test that is skipped without them. */
export const WITHOUT = HAVE_FIXTURES
  ? ""
  : " (skipped: set PERIPLUS_SHARED to the folder of fixtures)";

export interface Fixture {
  readonly file: string;
  readonly kind: string;
  readonly expect: string;
}

export function fixtures(...kinds: string[]): Fixture[] {
  if (!HAVE_FIXTURES) return [];
  return readFileSync(join(FIXTURES, "index.csv"), "utf8")
    .split("\n")
    .slice(1)
    .map((line) => line.split(","))
    .filter(([, kind]) => kind !== undefined && kinds.includes(kind))
    .map((cells) => ({ file: cells[0]!, kind: cells[1]!, expect: cells[6]! }));
}

export function fixtureText(file: string): string {
  return readFileSync(join(FIXTURES, file), "utf8");
}
