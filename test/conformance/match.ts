/** Matching rules of the conformance files: subsets of maps, whole lists, `$absent`. @module */
import { isDeepStrictEqual } from "node:util";

export const ABSENT = "$absent";
const PREFIX = "sh.keptn.event.";

export function short(type: string | undefined): string | undefined {
  return type?.startsWith(PREFIX) ? type.slice(PREFIX.length) : type;
}

/** What differs between an expected and an actual value, one line each. */
export function differences(expected: unknown, actual: unknown, path: string): string[] {
  if (expected === ABSENT) {
    return actual === undefined ? [] : [`${path}: should not exist, is ${show(actual)}`];
  }
  if (isMap(expected)) {
    if (!isMap(actual)) return [`${path}: expected ${show(expected)}, is ${show(actual)}`];
    return Object.entries(expected).flatMap(([key, value]) =>
      differences(value, Object.hasOwn(actual, key) ? actual[key] : undefined, `${path}.${key}`),
    );
  }
  return isDeepStrictEqual(expected, actual)
    ? []
    : [`${path}: expected ${show(expected)}, is ${show(actual)}`];
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function show(value: unknown): string {
  return value === undefined ? "absent" : JSON.stringify(value);
}

/** A key of a scenario that this runner does not know: such an entry is a failure. */
export class BadScenario extends Error {}

export function onlyKeys(
  map: Record<string, unknown>,
  known: readonly string[],
  where: string,
): void {
  const unknown = Object.keys(map).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new BadScenario(`${where}: unknown key ${unknown.join(", ")}`);
}
