/** Removes what is over and older than the settings say (design D22). @module */
import type { Controller } from "./engine/controller_types.ts";
import type { Clock } from "./ports/clock.ts";
import type { Log } from "./ports/log.ts";
import type { Store } from "./ports/store.ts";
import { deleteLogs } from "./tables/log_entry_table.ts";
import {
  deleteContexts,
  deleteLooseEvents,
  deleteOldKeys,
  deleteSilentIntegrations,
  selectOldContexts,
} from "./tables/purge_table.ts";
import { deleteExpiredTokens } from "./tables/token_table.ts";

export interface RetentionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly controller: Pick<Controller, "subscribe">;
  /** How long deliveries are kept, in milliseconds; the others likewise. */
  readonly retention: number;
  readonly logTtl: number;
  readonly integrationTtl: number;
  /** Removes what plugins keep of tasks that ended before an instant. */
  readonly purgeTasks: (before: number) => Promise<void>;
}

const HOUR = 3_600_000;
/** The first round waits until a start is over. */
const FIRST = 60_000;
const EVERY = 6 * HOUR;
/** Longer than any client repeats a request. */
const KEYS = 7 * 24 * HOUR;
/** Deliveries, and loose entries, of one write: it holds up nothing. */
const CONTEXTS_PER_WRITE = 20;
const EVENTS_PER_WRITE = 500;

/** Cleans up after the start and then now and again while events come; returns what ends it. */
export function startRetention(options: RetentionOptions): () => void {
  const { clock, log, controller } = options;
  let cancel: (() => void) | undefined;
  const arm = (wait: number): void => {
    cancel ??= clock.at(clock.now() + wait, () => {
      purge(options)
        .catch((error: unknown) => log("warn", "old data was not removed", { error }))
        .finally(() => (cancel = undefined));
    });
  };
  // A host to which nothing comes does nothing.
  const unsubscribe = controller.subscribe(() => arm(EVERY));
  arm(FIRST);
  return () => {
    unsubscribe();
    cancel?.();
  };
}

/** Removes everything that is due now. */
export async function purge(options: Omit<RetentionOptions, "controller" | "log">): Promise<void> {
  const { store, clock, retention, logTtl, integrationTtl } = options;
  const now = clock.now();
  await store.write([
    deleteLogs({ until: now - logTtl - 1 }),
    deleteSilentIntegrations(now - integrationTtl),
    deleteOldKeys(now - KEYS),
    deleteExpiredTokens(now),
  ]);
  await options.purgeTasks(now - retention);
  await purgeContexts(store, new Date(now - retention).toISOString());
  let removed = EVENTS_PER_WRITE;
  while (removed === EVENTS_PER_WRITE) {
    const [written] = await store.write([deleteLooseEvents(now - retention, EVENTS_PER_WRITE)]);
    removed = written!.rowsAffected;
  }
}

async function purgeContexts(store: Store, time: string): Promise<void> {
  for (;;) {
    const [rows] = await store.read([selectOldContexts(time, CONTEXTS_PER_WRITE)]);
    if (rows!.length === 0) return;
    const written = await store.write(deleteContexts(rows!.map(({ id }) => String(id))));
    // One that went on meanwhile stays; it is looked at again the next time.
    if (written.at(-1)!.rowsAffected === 0) return;
  }
}
