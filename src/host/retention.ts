/** Removes what is old, in small writes, while the host has something to do (design D22). @module */
import type { Controller } from "./engine/controller_types.ts";
import type { Clock } from "./ports/clock.ts";
import type { Log } from "./ports/log.ts";
import type { Store } from "./ports/store.ts";
import {
  deleteContexts,
  deleteDedupe,
  deleteEntries,
  selectAt,
  selectOver,
  selectStray,
} from "./tables/retention_table.ts";
import { sql } from "./tables/statement.ts";

/** Keys of repeated requests are kept this long: clients repeat within minutes. */
const DEDUPE_MS = 24 * 3_600_000;
const EVERY_MS = 3_600_000;
const CONTEXTS_AT_ONCE = 50;
const ENTRIES_AT_ONCE = 1_000;

export interface RetentionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly controller: Pick<Controller, "subscribe">;
  /** How long finished deliveries are kept, in milliseconds. */
  readonly retention: number;
  /** Removes what the plugin platform keeps of tasks that ended before an instant. */
  readonly purgePlugins: (before: number) => Promise<void>;
}

/** Purges after the start and then hourly, but only after events came; returns what ends it. */
export function keepTidy(options: RetentionOptions): () => void {
  const { clock, controller, log } = options;
  let cancel: (() => void) | undefined;
  const arm = (wait: number): void => {
    cancel ??= clock.at(clock.now() + wait, () => {
      void purge(options)
        .catch((error: unknown) =>
          log("warn", "old data could not be removed", { error: String(error) }),
        )
        .finally(() => (cancel = undefined));
    });
  };
  const unsubscribe = controller.subscribe(() => arm(EVERY_MS));
  arm(0);
  return () => {
    unsubscribe();
    cancel?.();
  };
}

/** Removes everything that is older than it may be. */
export async function purge(options: Omit<RetentionOptions, "controller">): Promise<void> {
  const { store, clock, retention, purgePlugins } = options;
  const before = clock.now() - retention;
  await store.write([deleteDedupe(clock.now() - Math.min(DEDUPE_MS, retention))]);
  await purgePlugins(before);
  const [projects] = await store.read([sql(`SELECT name FROM project`)]);
  for (const row of projects!) await purgeContexts(store, String(row.name), before);
  await purgeStray(store, before);
}

async function purgeContexts(store: Store, project: string, before: number): Promise<void> {
  const oldest = new Date(before).toISOString();
  for (;;) {
    const [rows] = await store.read([selectOver(project, oldest, CONTEXTS_AT_ONCE)]);
    const ids = rows!.map((row) => String(row.id));
    if (ids.length === 0) return;
    await store.write(deleteContexts(project, ids));
  }
}

async function purgeStray(store: Store, before: number): Promise<void> {
  const upTo = await lastBefore(store, before);
  for (let after = 0; ;) {
    const [rows] = await store.read([selectStray(upTo, after, ENTRIES_AT_ONCE)]);
    const seqs = rows!.map((row) => Number(row.seq));
    if (seqs.length === 0) return;
    await store.write([deleteEntries(seqs)]);
    after = seqs.at(-1)!;
  }
}

/** Place of the last entry taken before an instant: the log is ordered by time, so halving finds it. */
async function lastBefore(store: Store, instant: number): Promise<number> {
  const [newest] = await store.read([sql(`SELECT max(seq) AS seq FROM event`)]);
  let low = 0;
  let high = Number(newest![0]?.seq ?? 0);
  while (low < high) {
    const middle = Math.floor((low + high) / 2) + 1;
    const [rows] = await store.read([selectAt(middle)]);
    if (rows![0] && Number(rows![0].at) < instant) low = middle;
    else high = middle - 1;
  }
  return low;
}
