/** Latency of a trigger with few and with many stored events, in interleaved rounds. @module */
import { join } from "node:path";
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import { insertEvents, type NewEntry } from "../../src/host/tables/event_table.ts";
import { HOST_TABLES } from "../../src/host/tables/migrations.ts";
import { type BenchHost, createProject, startHost, triggerBody } from "./host.ts";
import { type Figure, quantile } from "./report.ts";
import { firstSequence } from "./start.ts";

const ROUNDS = 5;
const SAMPLES = 60;

export async function benchGrowth(root: string, many: number): Promise<Figure[]> {
  const small = await filled(root, 1_000);
  const large = await filled(root, many);
  const ratios: number[] = [];
  const slow: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const a = await latency(small, round);
    const b = await latency(large, round);
    ratios.push(b / a);
    slow.push(b);
  }
  await small.stop();
  small.remove();
  await large.stop("SIGKILL");
  const first = await firstSequence(root, large.folder);
  large.remove();
  return [
    {
      name: `trigger latency, ${many} stored events against 1000`,
      value: quantile(ratios, 0.5),
      unit: "×",
      aim: { is: "atMost", value: 1.5 },
      note: `median of ${ROUNDS} interleaved rounds; p50 ${quantile(slow, 0.5).toFixed(2)} ms`,
    },
    {
      name: `start after a kill → first task, ${many} stored events`,
      value: first,
      unit: "ms",
      aim: { is: "atMost", value: 1_000 },
    },
  ];
}

/** A host whose log was filled behind its back with events of ordinary deliveries. */
async function filled(root: string, count: number): Promise<BenchHost> {
  const host = await startHost({ root });
  await createProject(host);
  await host.stop();
  const url = `file:${join(host.folder, "data", "periplus.db")}`;
  const store = await openLibsqlStore({ url, migrations: [HOST_TABLES] });
  for (let from = 0; from < count; from += 2_000) {
    await store.write(
      insertEvents(
        Array.from({ length: Math.min(2_000, count - from) }, (_, n) => stored(from + n)),
      ),
    );
  }
  await store.close();
  return startHost({ root, folder: host.folder });
}

function stored(n: number): NewEntry {
  const context = `${String(n % 50_000).padStart(8, "0")}-0000-4000-8000-000000000000`;
  return {
    origin: n % 3 === 0 ? "emitted" : "received",
    at: n,
    principal: "admin",
    open: false,
    event: {
      id: `stored-${n}`,
      type: `sh.keptn.event.one.${["triggered", "started", "finished"][n % 3]!}`,
      source: "bench",
      specversion: "1.0",
      time: new Date(n * 1_000).toISOString(),
      shkeptncontext: context,
      triggeredid: `stored-${n - (n % 3)}`,
      data: {
        project: "bench",
        stage: "dev",
        service: `service-${n % 100}`,
        note: "x".repeat(200),
      },
    },
  };
}

async function latency({ client }: BenchHost, round: number): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < SAMPLES; n++) {
    const body = triggerBody(`round-${round}-${n}`);
    const begun = performance.now();
    await client.send("POST", "/api/v1/event", body);
    times.push(performance.now() - begun);
  }
  return quantile(times, 0.5);
}
