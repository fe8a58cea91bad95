/** Brings what a decision needs from the store into the cache. @module */
import type { KeptnEvent } from "../../spec/event.ts";
import type { Found, Shipyard } from "../../spec/shipyard.ts";
import { parseShipyard } from "../../spec/shipyard_file.ts";
import type { Row, Store } from "../ports/store.ts";
import { readContext, selectContext } from "../tables/context_table.ts";
import { readEvent, selectEvents } from "../tables/event_table.ts";
import {
  eventsOf,
  readExecution,
  readMember,
  selectExecution,
  selectMembers,
} from "../tables/execution_table.ts";
import { readSlot, selectSlot } from "../tables/slot_table.ts";
import type { Execution, ProjectFacts, Slot } from "../tables/state.ts";
import { sql } from "../tables/statement.ts";
import type { Cache } from "./cache.ts";
import { SlotState } from "./slot_state.ts";
import type { Head, Need } from "./world.ts";

/** Loads one need into the cache, together with what is read beside it as a rule. */
export async function load(store: Store, cache: Cache, need: Need): Promise<void> {
  switch (need.kind) {
    case "context":
      return loadContext(store, cache, need.project, need.id);
    case "execution":
      if ((await loadExecutions(store, cache, [need.id])) > 0) return;
      // A decision that asks for it again and again would never end.
      throw new Error(`execution ${need.id} is gone`);
    case "slot":
      return loadSlot(store, cache, need.slot);
    case "project":
      return loadProject(store, cache, need.name);
  }
}

/** Reads executions with the events that they are made of; unknown ids are left out. */
export async function readExecutions(store: Store, rows: readonly Row[]): Promise<Execution[]> {
  if (rows.length === 0) return [];
  const [events] = await store.read([selectEvents(rows.flatMap(eventsOf))]);
  const byId = new Map<string, KeptnEvent>(events!.map((row) => [String(row.id), readEvent(row)]));
  return rows.map((row) => readExecution(row, byId));
}

async function loadContext(store: Store, cache: Cache, project: string, id: string): Promise<void> {
  const [rows] = await store.read([selectContext(project, id)]);
  const row = rows![0];
  if (!row) return cache.putContext(project, id, { version: 0, value: null });
  const context = readContext(row);
  cache.putContext(project, id, context);
  await loadExecutions(
    store,
    cache,
    context.value.open.map((open) => open.id),
  );
}

/** Resolves with how many of them there are. */
async function loadExecutions(store: Store, cache: Cache, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const rows = (await store.read(ids.map(selectExecution))).flat();
  for (const execution of await readExecutions(store, rows)) cache.putExecution(execution);
  return rows.length;
}

async function loadSlot(store: Store, cache: Cache, slot: Slot): Promise<void> {
  const [rows, members] = await store.read([selectSlot(slot), selectMembers(slot)]);
  cache.putSlot(new SlotState(readSlot(slot, rows![0]), members!.map(readMember)));
}

async function loadProject(store: Store, cache: Cache, name: string): Promise<void> {
  const [projects, branches] = await store.read([
    sql(`SELECT version, shipyard, chained FROM project WHERE name = ?`, name),
    sql(`SELECT name, head, version FROM branch WHERE project = ?`, name),
  ]);
  const heads = new Map<string, Head>();
  let defaultBranch: string | undefined;
  for (const row of branches!) {
    const head = String(row.head);
    if (row.name === "HEAD") defaultBranch = head.slice("ref: refs/heads/".length);
    else heads.set(String(row.name), { commit: head, version: Number(row.version) });
  }
  const facts = {
    version: Number(projects![0]?.version ?? 0),
    value: projectFacts(name, projects![0]),
  };
  cache.putProject(name, { facts, heads, defaultBranch });
}

function projectFacts(name: string, row: Row | undefined): ProjectFacts {
  const text = String(row?.shipyard ?? "");
  const shipyard: Found<Shipyard> =
    row === undefined
      ? { ok: false, why: `project ${name} does not exist` }
      : text === ""
        ? { ok: false, why: `project ${name} has no shipyard.yaml` }
        : parsed(text);
  const kept = row?.chained;
  const chained = typeof kept === "string" ? parsed(kept) : undefined;
  return {
    name,
    shipyard,
    chained: chained?.ok ? chained.value : null,
    text,
    exists: row !== undefined,
  };
}

const PARSED = new Map<string, Found<Shipyard>>();
const MOST_PARSED = 200;

/** Parses a shipyard once per text, so that equal texts give the same object. */
function parsed(text: string): Found<Shipyard> {
  const known = PARSED.get(text);
  if (known) return known;
  const read = parseShipyard(text);
  const found: Found<Shipyard> = read.ok
    ? { ok: true, value: read.shipyard }
    : { ok: false, why: read.why };
  if (PARSED.size >= MOST_PARSED) PARSED.clear();
  PARSED.set(text, found);
  return found;
}
