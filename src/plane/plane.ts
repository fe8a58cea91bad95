/** One execution plane: registration, polls, and the plugin platform on a journal of its own. @module */
import type { KeptnEvent } from "../spec/event.ts";
import { taskType } from "../spec/event_type.ts";
import { isObject, type Json, type JsonObject } from "../spec/json.ts";
import type { PluginPlatform } from "../plugins/platform.ts";
import type { Clock, Log, PluginStore } from "../plugins/ports.ts";
import { insertTasks, type TaskRow } from "../plugins/task_tables.ts";
import type { HostClient } from "./host_client.ts";
import type { PlaneOptions } from "./options.ts";
import { poll } from "./poller.ts";
import { register, type Subscription } from "./registration.ts";
import { admits } from "./remote_ports.ts";

export interface PlaneDeps {
  readonly options: PlaneOptions;
  readonly host: HostClient;
  readonly platform: PluginPlatform;
  readonly store: PluginStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly stopping: AbortSignal;
  readonly pause: (ms: number) => Promise<void>;
  readonly hostname: string;
  /** Milliseconds between pings. */
  readonly pingEvery: number;
  readonly version: string;
  /** Called once the plane is registered. */
  readonly registered: (id: string) => void;
}

/** Runs until it is stopped. @throws {KeptnError} when the host refuses the registration */
export async function runPlane(deps: PlaneDeps): Promise<void> {
  const { options, host, platform, stopping, pause, log } = deps;
  const warn = (message: string): void => log("warn", message);
  const registration = await register({
    host,
    name: options.name,
    namespace: options.namespace,
    hostname: deps.hostname,
    version: deps.version,
    filter: options.filter,
    tasks: () => platform.tasksAnswered(),
    before: remembered(deps.store),
  });
  deps.registered(registration.id);
  await platform.start();
  const polls = new Map<string, AbortController>();
  while (!stopping.aborted) {
    try {
      const subscriptions = await registration.ping();
      follow(deps, subscriptions, polls);
      await cancelGone(deps);
    } catch (error) {
      if (stopping.aborted) break;
      warn(`ping: ${error instanceof Error ? error.message : String(error)}`);
    }
    await pause(deps.pingEvery);
  }
  for (const one of polls.values()) one.abort();
}

/** Begins to poll for new subscriptions and ends polls for those that are gone. */
function follow(
  deps: PlaneDeps,
  subscriptions: readonly Subscription[],
  polls: Map<string, AbortController>,
): void {
  const { host, options, stopping, pause, log } = deps;
  const wanted = new Map(
    subscriptions
      .filter(({ event }) => !/[*>]/.test(event))
      .map((one) => [JSON.stringify([one.id, one.event, one.filter]), one]),
  );
  for (const [key, controller] of polls) {
    if (wanted.has(key)) continue;
    controller.abort();
    polls.delete(key);
  }
  for (const [key, subscription] of wanted) {
    if (polls.has(key)) continue;
    const controller = new AbortController();
    polls.set(key, controller);
    void poll({
      host,
      subscription,
      interval: options.interval,
      stopping: AbortSignal.any([stopping, controller.signal]),
      pause,
      warn: (message) => log("warn", message),
      deliver: (events) => deliver(deps, subscription, events),
    });
  }
}

/** Makes tasks of events that are new here; what was taken before, answered or not, is passed over. */
async function deliver(
  { platform, store, options, clock }: PlaneDeps,
  subscription: Subscription,
  events: readonly KeptnEvent[],
): Promise<void> {
  const ours = events.filter(
    (event) => admits(subscription.filter, event) && admits(options.filter, event),
  );
  const tasks = ours.flatMap((event) => tasksFor(platform, subscription, event, clock.now()));
  if (tasks.length === 0) return;
  const [known] = await store.read([
    {
      sql: `SELECT id FROM plugin_task WHERE id IN (SELECT value FROM json_each(?))`,
      args: [JSON.stringify(tasks.map(({ id }) => id))],
    },
  ]);
  const before = new Set((known ?? []).map(({ id }) => String(id)));
  const fresh = tasks.filter(({ id }) => !before.has(id));
  if (fresh.length === 0) return;
  await store.write([insertTasks(fresh, platform.supervisor.owner, clock.now() + LEASE)]);
  platform.admit(fresh);
}

const LEASE = 60_000;

function tasksFor(
  platform: PluginPlatform,
  subscription: Subscription,
  event: KeptnEvent,
  now: number,
): TaskRow[] {
  const body = JSON.stringify(delivered(event, subscription.id));
  const data = isObject(event.data) ? event.data : {};
  return platform.registry
    .subscribers(event.type)
    .filter(({ kind }) => kind === "task")
    .map(({ plugin, kind, name }) => ({
      id: `${plugin}/${event.id}`,
      plugin,
      event: event.id,
      kind,
      name,
      project: String(data.project ?? ""),
      stage: String(data.stage ?? ""),
      context: event.shkeptncontext,
      epoch: 1,
      created: now,
      body,
    }));
}

/** Keptn's connector tells executors which subscription brought the event (Keptn: http-api.md 3.5). */
function delivered(event: KeptnEvent, subscriptionID: string): KeptnEvent {
  const data: JsonObject = isObject(event.data) ? event.data : {};
  return {
    ...event,
    data: { ...data, temporaryData: { distributor: { subscriptionID } } } as Json,
  };
}

/** A task whose event is not open any more was aborted, timed out or answered by somebody else. */
async function cancelGone({ platform, host, clock, pingEvery }: PlaneDeps): Promise<void> {
  const old = platform.supervisor.open().filter(({ created }) => created < clock.now() - pingEvery);
  for (const task of old) {
    const type = encodeURIComponent(taskType(task.name, "triggered"));
    const answer = await host.get(`/controlPlane/v1/event/triggered/${type}`, {
      project: task.project,
      eventID: task.event,
    });
    const events = (answer.body as { events?: Json[] | null } | null)?.events;
    if (answer.status >= 300 || (events?.length ?? 0) > 0) continue;
    platform.supervisor.cancel(task.id, "its event is not open any more");
  }
}

/** The types this plane has subscribed to before, kept in its own database. */
function remembered(store: PluginStore): {
  read(): Promise<readonly string[]>;
  write(types: readonly string[]): Promise<void>;
} {
  return {
    async read() {
      const [rows] = await store.read([
        { sql: `SELECT value FROM kv WHERE plugin='' AND key='subscribed'`, args: [] },
      ]);
      return JSON.parse(String(rows?.[0]?.value ?? "[]")) as string[];
    },
    async write(types) {
      await store.write([
        {
          sql: `INSERT OR REPLACE INTO kv (plugin,key,value) VALUES ('','subscribed',?)`,
          args: [JSON.stringify(types)],
        },
      ]);
    },
  };
}
