/** Compares what the store holds with the assertions of a scenario. @module */
import { readExecutions } from "../../src/host/engine/load.ts";
import { overallState } from "../../src/host/engine/view.ts";
import type { Store } from "../../src/host/ports/store.ts";
import { readContext } from "../../src/host/tables/context_table.ts";
import type { Context, EventMark, Execution } from "../../src/host/tables/state.ts";
import { sql } from "../../src/host/tables/statement.ts";
import { compareEmitted, type Emitted, type Resolve } from "./emitted.ts";
import { ABSENT, differences, isMap, onlyKeys, short, show } from "./match.ts";

export interface Seen {
  readonly emitted: readonly Emitted[];
  /** Rules by which inputs were refused so far. */
  readonly refused: ReadonlySet<string>;
  readonly resolve: Resolve;
}

/** Differences between assertions and what happened. */
export async function compareOutcome(
  expected: Record<string, unknown>,
  store: Store,
  seen: Seen,
): Promise<string[]> {
  onlyKeys(expected, ["emitted", "state", "executions", "queued", "error"], "then");
  const found: string[] = [];
  if (expected.emitted !== undefined) {
    found.push(...compareEmitted(asList(expected.emitted), seen.emitted, seen.resolve));
  }
  if (expected.state !== undefined) {
    found.push(...compareState(expected.state, await readContexts(store)));
  }
  const executions = await allExecutions(store);
  if (expected.executions !== undefined) {
    found.push(...compareExecutions(asList(expected.executions), executions));
  }
  if (expected.queued !== undefined) found.push(...compareQueued(expected.queued, executions));
  if (expected.error !== undefined && !seen.refused.has(String(expected.error))) {
    const were = [...seen.refused].join(", ") || "none";
    found.push(`error: nothing was refused for ${show(expected.error)}; refused were: ${were}`);
  }
  return found;
}

async function readContexts(store: Store): Promise<Context[]> {
  const [rows] = await store.read([sql(`SELECT project, id, version, body FROM context`)]);
  return rows!.map((row) => readContext(row).value).filter(({ view }) => view !== null);
}

async function allExecutions(store: Store): Promise<Execution[]> {
  const [rows] = await store.read([sql(`SELECT * FROM execution ORDER BY rowid`)]);
  return readExecutions(store, rows!);
}

function compareState(expected: unknown, contexts: readonly Context[]): string[] {
  if (!isMap(expected)) return [`state: is no map`];
  const named = Object.entries(expected);
  if (named.length === 0 && contexts.length > 0) {
    return [`state: expected no context, are ${contexts.map(({ id }) => id).join(", ")}`];
  }
  return named.flatMap(([id, want]) => {
    const context = contexts.find((candidate) => candidate.id === id);
    return differences(want, context && shownContext(context, want), `state.${id}`);
  });
}

const CONTEXT_KEYS = ["overall", "name", "service", "problemTitle", "stages"];
const STAGE_KEYS = ["state", "latestEvent", "latestFailedEvent", "image", "latestEvaluation"];

function shownContext(context: Context, want: unknown): unknown {
  if (isMap(want)) onlyKeys(want, CONTEXT_KEYS, `state.${context.id}`);
  const view = context.view!;
  const wantedStages = isMap(want) && isMap(want.stages) ? want.stages : {};
  for (const [name, stage] of Object.entries(wantedStages)) {
    if (isMap(stage)) onlyKeys(stage, STAGE_KEYS, `state.${context.id}.${name}`);
  }
  const stages = view.stages.map(({ name, latestEvent, latestFailedEvent, ...stage }) => [
    name,
    {
      ...stage,
      ...mark("latestEvent", latestEvent),
      ...mark("latestFailedEvent", latestFailedEvent),
    },
  ]);
  const { name, service, problemTitle } = view;
  return {
    overall: overallState(context),
    name,
    service,
    ...(problemTitle === undefined ? {} : { problemTitle }),
    stages: Object.fromEntries(stages) as unknown,
  };
}

function mark(key: string, event: EventMark | undefined): Record<string, unknown> {
  return event ? { [key]: short(event.type) } : {};
}

function compareExecutions(expected: readonly unknown[], actual: readonly Execution[]): string[] {
  const shown = actual.map(({ context: ctx, stage, service, sequence, state, current }) => {
    return { ctx, stage, service, sequence, state, task: current?.name ?? "" };
  });
  if (expected.length !== shown.length) {
    return [`executions: expected ${expected.length}, are ${shown.length}: ${show(shown)}`];
  }
  return expected.flatMap((want, index) => {
    if (isMap(want)) {
      onlyKeys(
        want,
        ["ctx", "stage", "service", "sequence", "state", "task"],
        `executions[${index}]`,
      );
    }
    return differences(want, shown[index], `executions[${index}]`);
  });
}

function compareQueued(expected: unknown, executions: readonly Execution[]): string[] {
  if (!isMap(expected)) return [`queued: is no map`];
  onlyKeys(expected, ["sequences", "events"], "queued");
  const open = executions.filter(({ phase }) => phase !== "over");
  const sequences = open
    .filter(({ state, before }) => state === "triggered" || before === "triggered")
    .map(({ context }) => context);
  const events = open
    .filter(({ current }) => current && current.sent === undefined)
    .map(({ context }) => context);
  const found: string[] = [];
  if (expected.sequences !== undefined && expected.sequences !== ABSENT) {
    found.push(...differences(expected.sequences, sequences, "queued.sequences"));
  }
  if (expected.events !== undefined && expected.events !== ABSENT) {
    const bag = asList(expected.events).map(String).sort();
    found.push(...differences(bag, events.sort(), "queued.events"));
  }
  return found;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
