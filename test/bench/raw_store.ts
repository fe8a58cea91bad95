/** The raw limit: the same statements of the same events, written by the driver alone. @module */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import {
  insertEvents,
  type NewEntry,
  upsertLastEvents,
} from "../../src/host/tables/event_table.ts";
import { HOST_TABLES } from "../../src/host/tables/migrations.ts";

/** Events per second of plain batches, statements made beforehand. */
export async function rawStore(events: number, batch: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "periplus-raw-"));
  const url = `file:${join(folder, "raw.db")}`;
  try {
    await (await openLibsqlStore({ url, migrations: [HOST_TABLES] })).close();
    const client = createClient({ url, concurrency: 1 });
    await client.execute("PRAGMA journal_mode = WAL");
    await client.execute("PRAGMA synchronous = FULL");
    const batches = Array.from({ length: events / batch }, (_, n) => statements(n, batch));
    const begun = performance.now();
    for (const made of batches) await client.batch(made, "write");
    const rate = (1_000 * events) / (performance.now() - begun);
    client.close();
    return rate;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function statements(batch: number, count: number): { sql: string; args: string[] }[] {
  const entries: NewEntry[] = Array.from({ length: count }, (_, n) => ({
    origin: "received",
    at: 0,
    principal: "admin",
    open: false,
    event: {
      id: `raw-${batch}-${n}`,
      type: "sh.keptn.event.test.status.changed",
      source: "bench",
      specversion: "1.0",
      time: "2024-01-01T00:00:00.000Z",
      shkeptncontext: `00000000-0000-4000-8000-${String(batch * count + n).padStart(12, "0")}`,
      data: {
        project: "bench",
        stage: "dev",
        service: `service-${n % 50}`,
        status: "succeeded",
        note: "x".repeat(1_600),
      },
    },
  }));
  const last = upsertLastEvents(entries.map(({ event, at }) => ({ event, at })));
  return [...insertEvents(entries), ...last].map(({ sql, args }) => ({
    sql,
    args: args as string[],
  }));
}
