/** How prepared commits become the heads of a project: together, guarded, again when refused. @module */
import { KeptnError } from "../../../spec/errors.ts";
import type { Clock } from "../../ports/clock.ts";
import { GuardFailed, type Statement, type Store } from "../../ports/store.ts";
import { deleteBranch, moveBranches } from "../../tables/branch_table.ts";
import { guardAll, type Guard } from "../../tables/guard.ts";
import { type Heads, headRow, loadHeads } from "./heads.ts";
import { createLanes } from "./lanes.ts";
import type { ObjectWriter } from "./objects.ts";

/** What one caller wants to happen to a project. */
export interface Change<T> {
  /** Writes objects and tells the heads that result; repeated when another host was faster. */
  prepare(heads: Heads, writer: ObjectWriter): Promise<Prepared<T>>;
  /** Statements of the caller; one that refuses the batch rejects this change only. */
  readonly along: readonly Statement[];
}
export interface Prepared<T> {
  readonly heads: Heads;
  readonly value: T;
  readonly statements?: readonly Statement[];
}

export interface Landing {
  /**
   * Makes a change durable.
   *
   * @throws {GuardFailed} with an index within `along`
   */
  land<T>(project: string, change: Change<T>): Promise<T>;
  /** Runs work while nothing else of this host changes the project. */
  alone<T>(project: string, work: () => Promise<T>): Promise<T>;
}
export interface LandingOptions {
  readonly store: Store;
  readonly clock: Clock;
  begin(project: string): ObjectWriter;
  /** Called after heads have moved. */
  moved(before: Heads, after: Heads): Promise<void>;
}

interface Waiting {
  readonly change: Change<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}
interface Ready {
  readonly waiting: Waiting;
  readonly value: unknown;
  readonly statements: readonly Statement[];
}

/** A host that loses this many races in a row has another trouble than a busy neighbour. */
const MOST_TRIES = 50;

/** Changes of one project that arrive while a write is under way share the next one (design D5). */
export function createLanding({ store, clock, begin, moved }: LandingOptions): Landing {
  const lanes = createLanes();
  const queues = new Map<string, Waiting[]>();

  async function landQueue(project: string): Promise<void> {
    let open = queues.get(project) ?? [];
    queues.delete(project);
    try {
      for (let tries = 1; open.length > 0; tries++) {
        if (tries > MOST_TRIES) throw raceLost(project);
        open = await attempt(project, open);
      }
    } catch (error) {
      for (const { reject } of open) reject(error);
    }
  }

  /** Lands what can be landed; returns what has to be tried again. */
  async function attempt(project: string, open: Waiting[]): Promise<Waiting[]> {
    const before = await loadHeads(store, project);
    const writer = begin(project);
    const ready: Ready[] = [];
    let heads = before;
    for (const waiting of open) {
      try {
        const prepared = await waiting.change.prepare(heads, writer);
        heads = prepared.heads;
        const statements = [...(prepared.statements ?? []), ...waiting.change.along];
        ready.push({ waiting, value: prepared.value, statements });
      } catch (error) {
        waiting.reject(error);
      }
    }
    if (ready.length === 0) return [];
    await writer.flush();
    const moves = moveStatements(before, heads, clock.now());
    try {
      await store.write([...moves, ...ready.flatMap(({ statements }) => statements)]);
    } catch (error) {
      if (!(error instanceof GuardFailed)) throw error;
      return refuse(ready, error, error.index - moves.length);
    }
    await moved(before, heads);
    for (const { waiting, value } of ready) waiting.resolve(value);
    return [];
  }

  return {
    land: <T>(project: string, change: Change<T>) =>
      new Promise<T>((resolve, reject) => {
        const waiting = { change, resolve: resolve as (value: unknown) => void, reject };
        const queue = queues.get(project);
        if (queue) queue.push(waiting);
        else {
          queues.set(project, [waiting]);
          void lanes.run([project], () => landQueue(project));
        }
      }),
    alone: (project, work) => lanes.run([project], work),
  };
}

/** Guards every branch that moves at the version that was read, then moves it. */
function moveStatements(before: Heads, after: Heads, now: number): Statement[] {
  const { project, loaded } = before;
  const moves: [name: string, head: string][] = [];
  if (before.defaultBranch === undefined && after.defaultBranch !== undefined) {
    moves.push(headRow(after.defaultBranch));
  }
  for (const [name, commit] of after.commits) {
    if (before.commits.get(name) !== commit) moves.push([name, commit]);
  }
  const dropped = [...before.commits.keys()].filter((name) => !after.commits.has(name));
  const guards = [...moves.map(([name]) => name), ...dropped].map((name): Guard => ({
    table: "branch",
    key: [project, name],
    version: loaded.get(name)?.version ?? 0,
  }));
  return [
    guardAll(guards),
    moveBranches(project, moves, now),
    ...dropped.map((name) => deleteBranch(project, name)),
  ];
}

/** Rejects the change whose own statement refused the batch; returns the others. */
function refuse(ready: readonly Ready[], failure: GuardFailed, index: number): Waiting[] {
  if (index < 0) return ready.map(({ waiting }) => waiting);
  let start = 0;
  const again: Waiting[] = [];
  for (const { waiting, statements } of ready) {
    const end = start + statements.length;
    if (index >= start && index < end) {
      const own = index - start - (statements.length - waiting.change.along.length);
      waiting.reject(new GuardFailed(own, failure.cause));
    } else again.push(waiting);
    start = end;
  }
  return again;
}

function raceLost(project: string): KeptnError {
  return new KeptnError(
    "ERR_CONFLICT",
    `other hosts keep changing the repository of project ${project}: try again`,
    { project },
  );
}
