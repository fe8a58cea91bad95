/** No read of the API walks the whole log: the plans of its statements. @module */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Row, Statement, Store } from "../../src/host/ports/store.ts";
import { BASE, openHost, SHIPYARD, type TestHost } from "./host.ts";

let host: TestHost;
let recorded: Statement[] = [];
beforeAll(async () => {
  host = await openHost();
  await host.project("p", SHIPYARD, "carts");
  const { read } = host.store;
  // The application reads through the store that it was given: every statement passes here.
  host.store.read = (statements: readonly Statement[]): Promise<Row[][]> => {
    recorded.push(...statements);
    return read.call(host.store, statements);
  };
});
afterAll(() => host.close());

const EVENT = "/api/mongodb-datastore/event";
const OPEN = `${BASE}/event/triggered/sh.keptn.event.a.triggered`;
const ofType = (filter: string): string =>
  `${EVENT}/type/sh.keptn.event.a.finished?excludeInvalidated=true&filter=${encodeURIComponent(filter)}`;

test.each([
  [OPEN, "event_open"],
  [`${OPEN}?project=p&stage=s&service=v`, "event_open"],
  [`${OPEN}?wait=0s&project=p`, "event_open"],
  [`${EVENT}?project=p`, "event_project"],
  [`${EVENT}?project=p&type=t`, "event_type"],
  [`${EVENT}?keptnContext=c`, "event_context"],
  [`${EVENT}?keptnContext=c&project=p&type=t&stage=s&root=1`, "event_context"],
  [`${EVENT}?project=p&eventID=i`, "sqlite_autoindex_event_1"],
  [ofType("data.project:p AND data.stage:s"), "event_type"],
  [ofType("data.project:p AND shkeptncontext:c"), "event_context"],
  [ofType("data.project:p AND id:a"), "sqlite_autoindex_event_1"],
  [`${BASE}/sequence/p?pageSize=20`, "context_time"],
  [`${BASE}/sequence-execution?project=p`, "execution_scope"],
  [`${BASE}/sequence-execution?project=p&keptnContext=c`, "execution_context"],
  ["/api/periplus/v1/sequence/p/c", "event_context"],
  [`${BASE}/log?integrationId=i`, "log_entry_integration"],
])("%s is answered by %s", async (path, index) => {
  recorded = [];
  await host.call("GET", path);
  const plans = await Promise.all(recorded.map((statement) => planOf(host.store, statement)));
  const walked = plans
    .flat()
    .filter((line) => /^SCAN (?!value|json_each|\(subquery|CONSTANT)/.test(line));
  expect(walked).toEqual([]);
  expect(plans.flat().join("\n")).toContain(index);
});

async function planOf(store: Store, { sql, args }: Statement): Promise<string[]> {
  if (sql.startsWith("EXPLAIN")) return [];
  const [rows = []] = await store.read([{ sql: `EXPLAIN QUERY PLAN ${sql}`, args }]);
  return rows.map(({ detail }) => String(detail));
}
