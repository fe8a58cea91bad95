/** Drives every plugin task from its row to its answer. @module */
import { dataOf, type KeptnEvent } from "../spec/event.ts";
import { parseEventType } from "../spec/event_type.ts";
import { textAt } from "../spec/json.ts";
import {
  type Activated,
  activate,
  type ActivationDeps,
  errored,
  type Version,
} from "./activation.ts";
import { scopeOf, type Sender } from "./answer.ts";
import { isGuardFailure } from "./group_writer.ts";
import { Lane } from "./lane.ts";
import type { PlatformPorts, Statement } from "./ports.ts";
import type { Handler } from "./sandbox/types.ts";
import {
  cancelTask,
  endTask,
  guardTask,
  insertTasks,
  leaseTasks,
  NEXT_DUE,
  openTasks,
  readTask,
  renewLeases,
  suspendTask,
  type TaskRow,
} from "./task_tables.ts";
import { Voice } from "./voice.ts";
import { Waits } from "./waits.ts";

/** One entry of the log, as far as the supervisor reads it. */
export interface Entry {
  readonly origin: string;
  readonly event: KeptnEvent;
  readonly at?: number;
  readonly principal?: string;
}

/** Who listens to a type of event. */
export interface Subscriber {
  readonly plugin: string;
  readonly kind: "task" | "on";
  readonly name: string;
}

/** What the supervisor asks of the registry. */
export interface Versions {
  subscribers(type: string): readonly Subscriber[];
  /** The version for a task: the pinned one, else the current one; a sentence when there is none. */
  pick(plugin: string, hash: string | undefined): Promise<Version | string>;
  /** Counts the tasks that run on a version, so that it stays until they end. */
  hold(version: Version): () => void;
}

interface Live {
  task: TaskRow;
  event?: KeptnEvent;
  state: "queued" | "running" | "waiting" | "ending";
  /** The version that runs it now. */
  version?: Version;
  waits: Waits;
  /** Something arrived while the suspension was being written. */
  woken: boolean;
  cancelled?: string;
  keys: Set<string>;
}

const LEASE = 60_000;
const BATCH = 64;
const FOREIGN_LEASE_GRACE = 30_000;
const DRAIN = 1_000;
const RETRY = 5_000;

export interface SupervisorOptions extends ActivationDeps {
  readonly versions: Versions;
  /** Id of this host in leases. */
  readonly owner: string;
  /** No other host shares this store: leases of earlier runs are void. */
  readonly exclusive: boolean;
}

export class Supervisor {
  private readonly options: SupervisorOptions;
  private readonly ports: PlatformPorts;
  private readonly lanes = new Map<string, Lane<Live>>();
  private readonly live = new Map<string, Live>();
  private readonly byContext = new Map<string, Set<Live>>();
  private readonly byKey = new Map<string, Live>();
  /** Tasks inserted by writes that have not reported their commit yet, by event. */
  private readonly offered = new Map<string, readonly TaskRow[]>();
  private readonly running = new Set<Promise<void>>();
  private wakeAt = Infinity;
  private unarm: () => void = () => undefined;
  private stopping = false;

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.ports = options.ports;
  }

  /** Id of this host in leases. */
  get owner(): string {
    return this.options.owner;
  }

  /** The statements that give each subscribed plugin its task, for the write of these events. */
  rowsFor(entries: readonly Entry[]): Statement[] {
    const tasks: TaskRow[] = [];
    for (const entry of entries) {
      const own = this.tasksOf(entry);
      if (own.length === 0) continue;
      this.offered.set(entry.event.id, own);
      tasks.push(...own);
    }
    if (tasks.length === 0) return [];
    return [insertTasks(tasks, this.options.owner, this.ports.clock.now() + LEASE)];
  }

  /** Starts what these committed events triggered, and wakes what waited for them. */
  committed(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { event } = entry;
      const own = this.offered.get(event.id);
      if (own) {
        this.offered.delete(event.id);
        this.armFor(this.ports.clock.now() + LEASE);
        for (const task of own) this.enqueue(this.add(task, event));
      }
      if (event.triggeredid) this.wake(event.triggeredid);
      if (entry.origin !== "received") this.cancelAfter(entry);
    }
  }

  /** Takes up tasks that rows already hold, such as those of a plane's inbox. */
  admit(tasks: readonly TaskRow[]): void {
    for (const task of tasks) if (!this.live.has(task.id)) this.enqueue(this.add(task));
  }

  /** Loads what earlier runs left open and continues it. */
  async start(): Promise<void> {
    for (let after = -1; ;) {
      const [rows] = await this.ports.store.read([
        {
          sql: `SELECT *, owner, state, due, wait FROM plugin_task WHERE due IS NOT NULL AND due>? ORDER BY due, id LIMIT 5000`,
          args: [after],
        },
      ]);
      for (const row of rows ?? []) {
        if (this.live.has(String(row.id))) continue;
        const live = this.add(readTask(row));
        live.state = "waiting";
        for (const key of JSON.parse(String(row.wait ?? "[]")) as string[]) this.listen(live, key);
      }
      if (!rows || rows.length < 5_000) break;
      after = Number(rows.at(-1)!.due) - 1;
    }
    const interrupted = await this.interrupted();
    await this.resume(interrupted);
    await this.look();
  }

  /** Lets runs under way end for a moment; what does not end goes on after the next start. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.unarm();
    for (const lane of this.lanes.values()) lane.stop();
    if (this.running.size === 0) return;
    const drained = Promise.all(this.running).then(() => undefined);
    await Promise.race([
      drained,
      new Promise<void>((resolve) => this.ports.clock.at(this.ports.clock.now() + DRAIN, resolve)),
    ]);
  }

  /** Ends a task that nobody wants an answer of any more. */
  cancel(id: string, why: string): void {
    const live = this.live.get(id);
    if (!live || live.cancelled !== undefined || live.state === "ending") return;
    live.cancelled = why;
    live.task = { ...live.task, cancelled: why };
    const lane = this.lane(live.task.plugin);
    if (live.state === "queued" && live.task.epoch === 1 && lane.remove(live)) {
      this.track(this.end(live, "cancelled"));
      return;
    }
    this.track(this.options.writer.write([cancelTask(id, why)]));
    live.waits.cancel();
    live.version?.loaded.interrupt?.(live.task.event);
    if (live.state === "waiting") this.track(this.resume([id]));
  }

  /** Something arrived under a key that a task waits for. */
  wake(key: string): boolean {
    const live = this.byKey.get(key);
    if (!live) return false;
    live.waits.wake(key);
    live.woken = true;
    if (live.state === "waiting") this.track(this.resume([live.task.id]));
    return true;
  }

  /** Every task that is not over yet. */
  open(): readonly TaskRow[] {
    return [...this.live.values()].map(({ task }) => task);
  }

  lane(plugin: string): Lane<Live> {
    let lane = this.lanes.get(plugin);
    if (!lane) {
      lane = new Lane(this.ports.clock, (live) => this.track(this.attempt(live)));
      this.lanes.set(plugin, lane);
    }
    return lane;
  }

  /** Counts of tasks by what they are doing. */
  counts(plugin: string): { running: number; queued: number; waiting: number } {
    const { running, queued } = this.lane(plugin).load;
    let waiting = 0;
    for (const live of this.live.values()) {
      if (live.task.plugin === plugin && live.state === "waiting") waiting += 1;
    }
    return { running, queued, waiting };
  }

  private tasksOf(entry: Entry): TaskRow[] {
    const { event } = entry;
    if (entry.origin === "internal") return [];
    const subscribers = this.options.versions.subscribers(event.type);
    if (subscribers.length === 0) return [];
    const { project, stage } = scopeOf(event) as { project: string; stage: string };
    return subscribers
      .filter(({ plugin, kind }) => kind === "task" || entry.principal !== `plugin:${plugin}`)
      .map(({ plugin, kind, name }) => ({
        id: `${plugin}/${event.id}`,
        plugin,
        event: event.id,
        kind,
        name,
        project,
        stage,
        context: event.shkeptncontext,
        epoch: 1,
        created: entry.at ?? this.ports.clock.now(),
      }));
  }

  private add(task: TaskRow, event?: KeptnEvent): Live {
    const live: Live = {
      task,
      ...(event ? { event } : {}),
      state: "queued",
      waits: new Waits(this.ports.clock, (key) => this.listen(live, key)),
      woken: false,
      keys: new Set(),
      ...(task.cancelled === undefined ? {} : { cancelled: task.cancelled }),
    };
    this.live.set(task.id, live);
    const siblings = this.byContext.get(task.context) ?? new Set();
    this.byContext.set(task.context, siblings.add(live));
    return live;
  }

  private forget(live: Live): void {
    this.live.delete(live.task.id);
    for (const key of live.keys) this.byKey.delete(key);
    const siblings = this.byContext.get(live.task.context);
    siblings?.delete(live);
    if (siblings?.size === 0) this.byContext.delete(live.task.context);
  }

  private listen(live: Live, key: string): void {
    live.keys.add(key);
    this.byKey.set(key, live);
  }

  private enqueue(live: Live): void {
    live.state = "queued";
    this.lane(live.task.plugin).push(live);
  }

  /** A sequence that is over cancels the tasks it had sent before (abort and time-out). */
  private cancelAfter(entry: Entry): void {
    const siblings = this.byContext.get(entry.event.shkeptncontext);
    if (!siblings) return;
    const type = parseEventType(entry.event.type);
    if (type.level !== "sequence" || type.kind !== "finished") return;
    const status = textAt(dataOf(entry.event), "status") ?? "unknown";
    const why = `sequence ${type.sequence} of stage ${type.stage} is over: ${status}`;
    for (const { task, event } of [...siblings]) {
      const before = event === undefined || event.id !== entry.event.id;
      if (task.kind === "task" && task.stage === type.stage && before) this.cancel(task.id, why);
    }
  }

  private async interrupted(): Promise<string[]> {
    const { owner, exclusive } = this.options;
    const [rows] = await this.ports.store.read([
      {
        sql: `SELECT id FROM plugin_task WHERE due IS NOT NULL AND state='ready' AND (owner<>? OR owner IS NULL) AND (? OR due<?)`,
        args: [owner, exclusive ? 1 : 0, this.ports.clock.now() - FOREIGN_LEASE_GRACE],
      },
    ]);
    return (rows ?? []).map((row) => String(row.id));
  }

  /** Leases tasks and puts them into their lanes. */
  private async resume(ids: readonly string[]): Promise<void> {
    if (ids.length === 0 || this.stopping) return;
    const { owner, writer } = this.options;
    const mine: Live[] = [];
    for (const id of ids) {
      const live = this.live.get(id);
      if (live?.state !== "waiting") continue;
      live.state = "queued";
      mine.push(live);
    }
    if (mine.length === 0) return;
    const lease = this.ports.clock.now() + LEASE;
    await writer.write([
      leaseTasks(
        mine.map((live) => live.task.id),
        owner,
        lease,
      ),
    ]);
    const [rows] = await this.ports.store.read([
      {
        sql: `SELECT * FROM plugin_task WHERE id IN (SELECT value FROM json_each(?)) AND owner=?`,
        args: [JSON.stringify(mine.map((live) => live.task.id)), owner],
      },
    ]);
    const leased = new Map((rows ?? []).map((row) => [String(row.id), readTask(row)]));
    this.armFor(lease);
    for (const live of mine) {
      const task = leased.get(live.task.id);
      if (!task) {
        this.forget(live);
        continue;
      }
      live.task = task;
      live.waits = new Waits(this.ports.clock, (key) => this.listen(live, key));
      live.woken = false;
      if (task.cancelled !== undefined) {
        live.cancelled = task.cancelled;
        live.waits.cancel();
      }
      this.enqueue(live);
    }
  }

  /** The one wake-up of the host: resumes what is due, renews leases, arms the next. */
  private async look(): Promise<void> {
    const now = this.ports.clock.now();
    const [due] = await this.ports.store.read([openTasks(now, BATCH)]);
    const rows = due ?? [];
    const waiting = rows.filter((row) => row.state === "waiting").map((row) => String(row.id));
    for (const row of rows)
      if (!this.live.has(String(row.id))) this.add(readTask(row)).state = "waiting";
    await this.resume(waiting);
    if (rows.length > waiting.length) {
      await this.options.writer.write([renewLeases(this.options.owner, now + LEASE)]);
      await this.resume(await this.interrupted());
    }
    const [next] = await this.ports.store.read([NEXT_DUE]);
    const instant = next?.[0]?.due;
    if (typeof instant === "number") this.armFor(Math.max(instant, now + 1));
  }

  private armFor(instant: number): void {
    if (instant >= this.wakeAt || this.stopping) return;
    this.unarm();
    this.wakeAt = instant;
    this.unarm = this.ports.clock.at(instant, () => {
      this.wakeAt = Infinity;
      this.track(this.look());
    });
  }

  private track(work: Promise<void>): Promise<void> {
    const guarded = work.catch((error: unknown) => {
      if (isGuardFailure(error)) return;
      const message = error instanceof Error ? error.message : String(error);
      this.ports.log("error", "plugin task", { error: message });
    });
    this.running.add(guarded);
    void guarded.finally(() => this.running.delete(guarded));
    return guarded;
  }

  /** A run whose outcome could not be written is taken up again: its journal knows how far it came. */
  private async attempt(live: Live): Promise<void> {
    try {
      await this.run(live);
    } catch (error) {
      if (isGuardFailure(error)) return this.forget(live);
      live.state = "waiting";
      const again = this.ports.clock.now() + RETRY;
      this.ports.clock.at(again, () => this.track(this.resume([live.task.id])));
      throw error;
    }
  }

  private async run(live: Live): Promise<void> {
    if (live.state !== "queued" || this.stopping) return;
    live.state = "running";
    const { task } = live;
    const event = live.event ?? (await this.eventOf(task));
    if (!event) return this.end(live, "event gone");
    live.event = event;
    const version = await this.options.versions.pick(task.plugin, task.hash);
    const source = typeof version === "string" ? `${task.plugin}-service` : sourceOf(version);
    const sender: Sender = { source, clock: this.ports.clock, ids: this.ports.ids };
    const started = task.epoch > 1 && (await this.wasStarted(task, event, source));
    const voice = new Voice(this.ports, task, event, sender, started);
    if (typeof version === "string") return this.conclude(live, voice, sender, errored(version));
    const release = this.options.versions.hold(version);
    live.version = version;
    try {
      const handler: Handler =
        task.kind === "task" ? { kind: "task", task: task.name } : { kind: "on", type: task.name };
      const activated = await this.activate(live, version, handler, voice, sender);
      await this.conclude(live, voice, sender, activated, version);
    } finally {
      delete live.version;
      release();
    }
  }

  private async activate(
    live: Live,
    version: Version,
    handler: Handler,
    voice: Voice,
    sender: Sender,
  ): Promise<Activated> {
    const { task, waits } = live;
    try {
      return await activate(this.options, {
        task,
        event: live.event!,
        version,
        handler,
        waits,
        voice,
        sender,
      });
    } catch (error) {
      return errored(error instanceof Error ? error.message : String(error));
    }
  }

  private async conclude(
    live: Live,
    voice: Voice,
    sender: Sender,
    activated: Activated,
    version?: Version,
  ): Promise<void> {
    const { task } = live;
    const { step } = activated;
    if (activated.killed) this.lane(task.plugin).killed();
    if (step.kind === "suspended") return this.suspend(live, voice, step.journal);
    if (live.cancelled !== undefined || step.kind === "cancelled") {
      if (version && task.kind === "task" && version.loaded.manifest.tasks[task.name]?.cancels) {
        live.waits = new Waits(this.ports.clock, () => undefined);
        await this.activate(live, version, { kind: "cancel", task: task.name }, voice, sender);
      }
      return this.end(live, "cancelled");
    }
    if (step.kind === "ignored") return this.end(live, "ignored");
    live.state = "ending";
    const now = this.ports.clock.now();
    if (task.kind === "on") {
      if (step.kind === "finish" && step.outcome.status === "errored") {
        this.complain(live, step.outcome.message ?? "failed");
      }
      return this.end(live, "done");
    }
    if (step.kind === "left-open") {
      const along = [guardTask(task), endTask(task, "left open", now)];
      if (!(await voice.leave(step.message, along))) await this.options.writer.write(along);
      return this.forget(live);
    }
    const { outcome } = step;
    const failed = outcome.status === "errored";
    if (failed) this.complain(live, outcome.message ?? "failed");
    await voice.finish(outcome, [
      guardTask(task),
      endTask(task, failed ? `errored: ${outcome.message ?? ""}` : outcome.result, now),
      ...(failed ? this.errorLog(live, outcome.message ?? "failed") : []),
    ]);
    this.forget(live);
  }

  private async suspend(live: Live, voice: Voice, journal: readonly Statement[]): Promise<void> {
    await voice.start();
    const { task } = live;
    const { due, keys } = live.waits.until;
    await this.options.writer.write([...journal, suspendTask(task, due, JSON.stringify(keys))]);
    live.state = "waiting";
    delete live.event;
    // A wake-up or an abort that came during the write finds the task running; it is made up here.
    if (live.woken || live.cancelled !== undefined) return this.resume([task.id]);
    if (due !== null) this.armFor(due);
  }

  private async end(live: Live, outcome: string): Promise<void> {
    live.state = "ending";
    const { task } = live;
    await this.options.writer.write([
      guardTask(task),
      endTask(task, outcome, this.ports.clock.now()),
    ]);
    this.forget(live);
  }

  private async eventOf(task: TaskRow): Promise<KeptnEvent | null> {
    if (task.body !== undefined) return JSON.parse(task.body) as KeptnEvent;
    return this.ports.events.byId(task.event);
  }

  private async wasStarted(task: TaskRow, event: KeptnEvent, source: string): Promise<boolean> {
    const answers = await this.ports.events.answers(task.event, event.shkeptncontext);
    return answers.some((one) => one.source === source && one.type.endsWith(".started"));
  }

  private complain({ task }: Live, message: string): void {
    const { plugin, name, context } = task;
    this.ports.log("error", message, { plugin, task: name, context });
  }

  private errorLog(live: Live, message: string): readonly Statement[] {
    const { task, event } = live;
    return this.ports.errorLog({
      integration: task.plugin,
      message,
      context: task.context,
      task: task.name,
      triggeredid: task.event,
      gitcommitid: event?.gitcommitid ?? "",
      at: this.ports.clock.now(),
    });
  }
}

/** `source` of a plugin's events. */
export function sourceOf(version: Version): string {
  const { source, name } = version.loaded.manifest;
  return source ?? `${name}-service`;
}
