/** Three-task sequences: through plugins, through HTTP pollers, and what one costs at light load. @module */
import {
  type BenchHost,
  cpuMs,
  createProject,
  residentMb,
  startHost,
  triggerBody,
} from "./host.ts";
import { type Figure, quantile } from "./report.ts";

const TASKS = ["one", "two", "three"];
const PLUGIN = `import { definePlugin } from "periplus/plugin";
export default definePlugin({
  name: "bench", version: "1.0.0", api: 1,
  tasks: {
    async one(ctx) { return ctx.pass({ one: { ok: true } }); },
    async two(ctx) { return ctx.pass({ two: { ok: true } }); },
    async three(ctx) { return ctx.pass({ three: { ok: true } }); },
  },
});
`;
const SERVICES = 100;

export async function benchPlugins(root: string): Promise<Figure[]> {
  const host = await startHost({ root, plugins: { bench: PLUGIN } });
  try {
    await createProject(host);
    await complete(host, 500);
    const cpu = cpuMs(host.pid);
    const count = 3_000;
    const rate = await complete(host, count);
    const used = (cpuMs(host.pid) - cpu) / count;
    return [
      {
        name: "three-task sequences/s, plugins",
        value: rate,
        unit: "/s",
        aim: { is: "atLeast", value: 300 },
        note: "500 is the mark to pass",
      },
      {
        name: "CPU per sequence, plugins",
        value: used,
        unit: "ms",
        aim: { is: "atMost", value: 5 },
      },
      { name: "memory after the load", value: residentMb(host.pid), unit: "MB" },
    ];
  } finally {
    await host.stop();
    host.remove();
  }
}

const FINISHED = "sh.keptn.event.dev.delivery.finished";

/** Triggers sequences over 32 connections; resolves with the rate when all have completed. */
async function complete({ client }: BenchHost, count: number): Promise<number> {
  let next = 0;
  let left = count;
  let done = (): void => undefined;
  const all = new Promise<void>((resolve) => (done = resolve));
  const unwatch = await client.watch(FINISHED, () => --left === 0 && done());
  const begun = performance.now();
  const lane = async (_: unknown, n: number): Promise<void> => {
    while (next < count) {
      const service = `service-${next++ % SERVICES}-${n}`;
      await post(client, triggerBody(service));
    }
  };
  await Promise.all(Array.from({ length: 32 }, lane));
  await all;
  const rate = (1_000 * count) / (performance.now() - begun);
  unwatch();
  return rate;
}

async function post(client: BenchHost["client"], body: string): Promise<void> {
  const { status, text } = await client.send("POST", "/api/v1/event", body);
  if (status !== 200) throw new Error(`event: ${status} ${text}`);
}

interface Open {
  readonly id: string;
  readonly shkeptncontext: string;
  readonly data: { readonly service: string };
}

/** An executor that long-polls one task type and answers it. */
async function poller(
  { client }: BenchHost,
  task: string,
  seen: (task: string, context: string) => void,
  stopped: () => boolean,
): Promise<void> {
  let after = "";
  while (!stopped()) {
    const path = `/api/controlPlane/v1/event/triggered/sh.keptn.event.${task}.triggered?wait=1s&pageSize=100${after}`;
    const { status, text } = await client.send("GET", path);
    if (status !== 200) throw new Error(`poll: ${status} ${text}`);
    const { events, cursor } = JSON.parse(text) as { events: Open[]; cursor: string };
    after = `&after=${encodeURIComponent(cursor)}`;
    for (const event of events) seen(task, event.shkeptncontext);
    await Promise.all(events.map((event) => answer(client, task, event)));
  }
}

/** Sends started, then finished. */
async function answer(client: BenchHost["client"], task: string, event: Open): Promise<void> {
  const make = (kind: string, more: object): object => ({
    type: `sh.keptn.event.${task}.${kind}`,
    source: "bench",
    specversion: "1.0",
    shkeptncontext: event.shkeptncontext,
    triggeredid: event.id,
    data: { project: "bench", stage: "dev", service: event.data.service, ...more },
  });
  await post(client, JSON.stringify(make("started", {})));
  const done = { status: "succeeded", result: "pass", [task]: { ok: true } };
  await post(client, JSON.stringify(make("finished", done)));
}

export async function benchPollers(root: string): Promise<Figure[]> {
  const host = await startHost({ root, sockets: 128 });
  let stop = false;
  const waiting = new Map<string, (task: string) => void>();
  const seen = (task: string, context: string): void => waiting.get(context)?.(task);
  const pollers = TASKS.map((task) => poller(host, task, seen, () => stop));
  try {
    await createProject(host);
    await complete(host, 200);
    const rate = await complete(host, 1_500);
    const light = await lightLoad(host, waiting, 200);
    return [
      {
        name: "three-task sequences/s, HTTP pollers",
        value: rate,
        unit: "/s",
        aim: { is: "atLeast", value: 150 },
      },
      {
        name: "trigger → first task at a long-poller, p50",
        value: quantile(light.first, 0.5),
        unit: "ms",
        aim: { is: "atMost", value: 2 },
      },
      {
        name: "trigger → first task at a long-poller, p99",
        value: quantile(light.first, 0.99),
        unit: "ms",
      },
      {
        name: "three tasks finished, HTTP pollers, p50",
        value: quantile(light.all, 0.5),
        unit: "ms",
        aim: { is: "atMost", value: 8 },
      },
    ];
  } finally {
    stop = true;
    await Promise.all(pollers);
    await host.stop();
    host.remove();
  }
}

/** One sequence at a time: when its first task was seen, when it was finished. */
async function lightLoad(
  { client }: BenchHost,
  waiting: Map<string, (task: string) => void>,
  count: number,
): Promise<{ first: number[]; all: number[] }> {
  const first: number[] = [];
  const all: number[] = [];
  let finished = (): void => undefined;
  const unwatch = await client.watch(FINISHED, () => finished());
  for (let n = 0; n < count; n++) {
    const context = crypto.randomUUID();
    const over = new Promise<void>((resolve) => (finished = resolve));
    const begun = performance.now();
    waiting.set(context, (task) => task === "one" && first.push(performance.now() - begun));
    await post(client, triggerBody(`light-${n % 10}`, context));
    await over;
    all.push(performance.now() - begun);
    waiting.delete(context);
  }
  unwatch();
  return { first, all };
}
