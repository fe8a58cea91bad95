/** Compares the events that the controller emitted with those that a scenario lists. @module */
import type { LogEntry } from "../../src/host/engine/controller_types.ts";
import { textAt } from "../../src/spec/json.ts";
import { differences, isMap, onlyKeys, short, show } from "./match.ts";

/** An emitted event with the step and the instant that made it. */
export interface Emitted {
  readonly entry: LogEntry;
  readonly step: number;
  /** Seconds since the start. */
  readonly at: number;
}
export type Resolve = (reference: string, context: string) => string;

const KEYS = ["type", "ctx", "stage", "service", "at", "data", "triggeredid", "gitcommitid"];

/** Differences in number, order and content. */
export function compareEmitted(
  expected: readonly unknown[],
  actual: readonly Emitted[],
  resolve: Resolve,
): string[] {
  const found: string[] = [];
  if (expected.length !== actual.length) {
    found.push(
      `emitted: expected ${expected.length} events, are ${actual.length}: ${listed(actual)}`,
    );
  }
  let next = 0;
  for (const group of groups(actual)) {
    const wanted = expected.slice(next, next + group.length);
    next += wanted.length;
    found.push(...compareGroup(wanted, group, resolve, next - wanted.length));
  }
  return found;
}

/** Each expected event takes the earliest lane head (context and stage) that fits. */
function compareGroup(
  wanted: readonly unknown[],
  group: readonly Emitted[],
  resolve: Resolve,
  from: number,
): string[] {
  const left = [...group];
  return wanted.flatMap((want, index) => {
    const where = `emitted[${from + index}]`;
    if (!isMap(want)) return [`${where}: is no map`];
    onlyKeys(want, KEYS, where);
    const heads = left.filter((e, at) => left.findIndex((o) => lane(o) === lane(e)) === at);
    const head = heads.find((e) => fits(want, e));
    if (!head) return [`${where}: no ${show(want.type)} next; next are ${listed(heads)}`];
    left.splice(left.indexOf(head), 1);
    return compareOne(want, head, resolve, where);
  });
}

function compareOne(
  want: Record<string, unknown>,
  { entry, at }: Emitted,
  resolve: Resolve,
  where: string,
): string[] {
  const { event } = entry;
  const found: string[] = [];
  if (want.at !== undefined) found.push(...differences(want.at, at, `${where}.at`));
  if (want.service !== undefined) {
    found.push(...differences(want.service, textAt(event.data, "service"), `${where}.service`));
  }
  if (want.data !== undefined) found.push(...differences(want.data, event.data, `${where}.data`));
  for (const attribute of ["triggeredid", "gitcommitid"] as const) {
    const value = want[attribute];
    if (value === undefined) continue;
    const id = typeof value === "string" ? resolve(value, event.shkeptncontext) : value;
    const actual = event[attribute] ?? null;
    found.push(...differences(id, actual, `${where}.${attribute}`));
  }
  return found;
}

function fits(want: Record<string, unknown>, { entry: { event } }: Emitted): boolean {
  return (
    want.type === short(event.type) &&
    (want.ctx === undefined || want.ctx === event.shkeptncontext) &&
    (want.stage === undefined || want.stage === textAt(event.data, "stage"))
  );
}

function groups(actual: readonly Emitted[]): Emitted[][] {
  const made: Emitted[][] = [];
  for (const emitted of actual) {
    const last = made.at(-1);
    if (last && last[0]!.step === emitted.step && last[0]!.at === emitted.at) last.push(emitted);
    else made.push([emitted]);
  }
  return made;
}

function lane({ entry: { event } }: Emitted): string {
  return `${event.shkeptncontext}\n${textAt(event.data, "stage") ?? ""}`;
}

function listed(emitted: readonly Emitted[]): string {
  return emitted
    .map(({ entry: { event } }) => `${event.shkeptncontext} ${short(event.type)}`)
    .join(", ");
}
