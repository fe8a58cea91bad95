/** Events per second over HTTP, one by one and in batches, until the controller has committed them. @module */
import { type BenchHost, createProject, startHost } from "./host.ts";
import type { Figure } from "./report.ts";
import { rawStore } from "./raw_store.ts";

const EVENTS = 6_000;
const BATCH = 200;
const PARALLEL = 32;

export async function benchIngest(root: string): Promise<Figure[]> {
  const raw = await rawStore(EVENTS, BATCH);
  const host = await startHost({ root, sockets: PARALLEL });
  try {
    await createProject(host);
    await singly(host, 1_000);
    const single = await singly(host, EVENTS);
    const batched = await inBatches(host, EVENTS * 3);
    return [
      {
        name: "events/s over HTTP, one per request",
        value: single,
        unit: "events/s",
        raw: { value: raw, what: `the same statements in plain batches of ${BATCH}` },
      },
      {
        name: "events/s over HTTP, batch endpoint",
        value: batched,
        unit: "events/s",
        raw: { value: raw, what: `the same statements in plain batches of ${BATCH}` },
        aim: { is: "atLeast", value: 10_000 },
      },
    ];
  } finally {
    await host.stop();
    host.remove();
  }
}

/** An event that is recorded and changes nothing else: what ingest alone costs. */
function statusEvent(n: number): Record<string, unknown> {
  return {
    type: "sh.keptn.event.test.status.changed",
    source: "bench",
    specversion: "1.0",
    data: {
      project: "bench",
      stage: "dev",
      service: `service-${n % 50}`,
      status: "succeeded",
      note: "x".repeat(1_600),
    },
  };
}

async function singly({ client }: BenchHost, count: number): Promise<number> {
  const bodies = Array.from({ length: 50 }, (_, n) => JSON.stringify(statusEvent(n)));
  let next = 0;
  const begun = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) {
      const { status, text } = await client.send(
        "POST",
        "/api/v1/event",
        bodies[next++ % bodies.length],
      );
      if (status !== 200) throw new Error(`event: ${status} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  return (1_000 * count) / (performance.now() - begun);
}

async function inBatches({ client }: BenchHost, count: number): Promise<number> {
  const body = JSON.stringify(
    Array.from({ length: BATCH }, (_, n) => ({ id: `b-${n}`, ...statusEvent(n) })),
  );
  let left = count / BATCH;
  const begun = performance.now();
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const type = "application/cloudevents-batch+json";
      const { status, text } = await client.send("POST", "/api/v1/event", body, type);
      if (status !== 200) throw new Error(`batch: ${status} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return (1_000 * count) / (performance.now() - begun);
}
