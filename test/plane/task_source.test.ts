/** A host far away as a source of tasks. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/host/adapters/clock/system.ts";
import { randomIds } from "../../src/host/adapters/ids/random.ts";
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import { hostClient } from "../../src/plane/host_client.ts";
import { readPlaneOptions } from "../../src/plane/options.ts";
import { Outbox, OUTBOX_TABLE } from "../../src/plane/outbox.ts";
import { runPlane } from "../../src/plane/plane.ts";
import { remoteEvents, remoteResources } from "../../src/plane/remote_ports.ts";
import { PluginPlatform } from "../../src/plugins/platform.ts";
import { PLUGIN_TABLES } from "../../src/plugins/task_tables.ts";
import { type TaskSourceBench, testTaskSource } from "../contract/task_source.ts";
import { type NativePlugin, nativeSandbox } from "../plugins/platform/native.ts";
import { Keptn } from "./keptn.ts";

const PING = 50;

async function open(): Promise<TaskSourceBench> {
  const keptn = await Keptn.start();
  const steps = [[`CREATE TABLE guard (n INTEGER CHECK (n = 0))`, OUTBOX_TABLE]];
  const store = await openLibsqlStore({
    url: ":memory:",
    migrations: [{ name: "plane", steps }, PLUGIN_TABLES],
  });
  let stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return {
    async start(plugins) {
      await end();
      stop = new AbortController();
      running = plane(keptn, store, plugins, stop.signal);
      const before = keptn.registrations;
      await keptn.until(() => keptn.registrations > before);
    },
    async trigger(id) {
      keptn.trigger("deployment", id);
    },
    // The host lists an open event at every poll without cursor; a restart polls so.
    repeat: () => Promise.resolve(),
    async abort(id) {
      keptn.close(id);
    },
    answers: () =>
      keptn.taken.map(
        ({ type, event }) => `${type.split(".").at(-1)} ${String(event.triggeredid)}`,
      ),
    async until(ready) {
      while (!ready()) await sleep(5);
    },
    async stop() {
      await end();
      await keptn.stop();
      await store.close();
    },
  };
}

async function plane(
  keptn: Keptn,
  store: Awaited<ReturnType<typeof openLibsqlStore>>,
  plugins: { readonly [hash: string]: NativePlugin },
  stopping: AbortSignal,
): Promise<void> {
  const options = readPlaneOptions(["--run", "none=true"], { KEPTN_API_ENDPOINT: keptn.url });
  const { endpoint, token } = options;
  const clock = systemClock();
  const warn = (): void => undefined;
  const pause = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal: stopping }).catch(() => undefined);
  };
  const host = hostClient({ endpoint, token, stopping, pause, warn });
  const outbox = new Outbox({ host, store, now: clock.now, integration: () => "i", warn });
  const platform = await PluginPlatform.open({
    ports: {
      store,
      events: remoteEvents(host, outbox),
      resources: remoteResources(host, store),
      secrets: { read: () => Promise.resolve(null) },
      egress: { send: () => Promise.reject(new Error("no egress here")) },
      clock,
      ids: randomIds(),
      log: warn,
      errorLog: () => [],
      publicUrl: () => "",
    },
    sandbox: nativeSandbox(new Map(Object.entries(plugins))),
    grants: { read: () => Promise.resolve({}), write: () => Promise.resolve() },
    ownLog: false,
  });
  const found = Object.entries(plugins).map(([hash, { manifest }]) => ({
    name: manifest.name,
    path: manifest.name,
    shipped: true,
    stamp: hash,
    bundle: () => Promise.resolve({ name: manifest.name, code: hash, map: "" }),
  }));
  await platform.update(found);
  const deps = { options, host, platform, store, clock, log: warn, stopping, pause };
  const about = { hostname: "h", version: "1", pingEvery: PING, registered: warn };
  await runPlane({ ...deps, ...about }).catch((error: unknown) => {
    if (!stopping.aborted) throw error;
  });
  void platform.stop();
}

testTaskSource("host over HTTP", open);
