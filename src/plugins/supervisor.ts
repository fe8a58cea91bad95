/** Drives every plugin task: admits it, leases it, queues it, wakes it, cancels it. @module */
import { dataOf } from "../spec/event.ts";
import { parseEventType } from "../spec/event_type.ts";
import { textAt } from "../spec/json.ts";
import type { ActivationDeps } from "./activation.ts";
import { Admission, type Entry, LEASE, type Subscriptions } from "./admission.ts";
import { isGuardFailure } from "./group_writer.ts";
import { Lane } from "./lane.ts";
import { type Live, LiveTasks } from "./live.ts";
import type { PlatformPorts, Statement } from "./ports.ts";
import { Runner, type Versions as Picks } from "./runner.ts";
import {
  cancelTask,
  type DuePlace,
  interruptedTasks,
  leasedTasks,
  leaseTasks,
  NEXT_DUE,
  openTasks,
  openTasksAfter,
  readTask,
  renewLeases,
  type TaskRow,
} from "./task_tables.ts";

/** What the supervisor asks of the registry. */
export interface Versions extends Picks, Subscriptions {}

export interface SupervisorOptions extends ActivationDeps {
  readonly versions: Versions;
  /** Id of this host in leases. */
  readonly owner: string;
  /** No other host shares this store: leases of earlier runs are void. */
  readonly exclusive: boolean;
  /** Every write of the log asks for {@link Supervisor.rowsFor}. */
  readonly ownLog: boolean;
  /** Runs of one plugin at once. */
  readonly atOnce: number;
}

const BATCH = 64;
const PAGE = 5_000;
const FOREIGN_LEASE_GRACE = 30_000;
const DRAIN = 1_000;
const RETRY = 5_000;
/** Runs whose outcome is not durable yet; more would only grow memory. */
const MOST_ENDING = 256;

export class Supervisor {
  private readonly options: SupervisorOptions;
  private readonly ports: PlatformPorts;
  private readonly runner: Runner;
  private readonly tasks: LiveTasks;
  private readonly admission: Admission;
  private readonly lanes = new Map<string, Lane<Live>>();
  private readonly working = new Set<Promise<void>>();
  private wakeAt = Infinity;
  private unarm: () => void = () => undefined;
  private stopping = false;

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.ports = options.ports;
    this.tasks = new LiveTasks(options.ports.clock);
    const { versions, owner, ports } = options;
    this.admission = new Admission(versions, owner, ports.clock);
    this.runner = new Runner({
      ...options,
      over: (live) => this.tasks.forget(live),
      endsWith: (finished, task) =>
        options.ownLog && options.exclusive && this.admission.endsWith(finished, task),
      suspended: (live, due) => this.suspended(live, due),
      killed: (plugin) => this.lane(plugin).killed(),
    });
  }

  /** Id of this host in leases. */
  get owner(): string {
    return this.options.owner;
  }

  /** The statements that give each subscribed plugin its task, for the write of these events. */
  rowsFor(entries: readonly Entry[]): Statement[] {
    return this.admission.rowsFor(entries);
  }

  /** Starts what these committed events triggered, and wakes what waited for them. */
  committed(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { event } = entry;
      const own = this.admission.committed(event.id);
      if (own.length > 0) this.armFor(this.ports.clock.now() + LEASE);
      for (const task of own) this.enqueue(this.tasks.add(task, event));
      if (event.triggeredid) this.wake(event.triggeredid);
      if (entry.origin !== "received") this.cancelAfter(entry);
    }
  }

  /** Takes up tasks that rows already hold, such as those of a plane's inbox. */
  admit(tasks: readonly TaskRow[]): void {
    for (const task of tasks) if (!this.tasks.get(task.id)) this.enqueue(this.tasks.add(task));
  }

  /** Loads what earlier runs left open and continues it. */
  async start(): Promise<void> {
    for (let after: DuePlace = { due: 0, id: "" }; ;) {
      const [rows] = await this.ports.store.read([openTasksAfter(after, PAGE)]);
      for (const row of rows ?? []) {
        if (this.tasks.get(String(row.id))) continue;
        const live = this.tasks.add(readTask(row));
        live.state = "waiting";
        const keys = JSON.parse(String(row.wait ?? "[]")) as string[];
        for (const key of keys) this.tasks.listen(live, key);
      }
      if (!rows || rows.length < PAGE) break;
      const last = rows.at(-1)!;
      after = { due: Number(last.due), id: String(last.id) };
    }
    await this.resume(await this.interrupted());
    await this.look();
  }

  /** Lets runs under way end for a moment; what does not end goes on after the next start. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.unarm();
    for (const lane of this.lanes.values()) lane.stop();
    if (this.working.size === 0) return;
    const drained = Promise.all(this.working).then(() => undefined);
    const { clock } = this.ports;
    const late = new Promise<void>((resolve) => clock.at(clock.now() + DRAIN, resolve));
    await Promise.race([drained, late]);
  }

  /** Ends a task that nobody wants an answer of any more. */
  cancel(id: string, why: string): void {
    const live = this.tasks.get(id);
    if (!live || live.cancelled !== undefined || live.state === "ending") return;
    live.cancelled = why;
    live.task = { ...live.task, cancelled: why };
    const lane = this.lane(live.task.plugin);
    if (live.state === "queued" && live.task.epoch === 1 && lane.remove(live)) {
      this.track(this.runner.end(live, "cancelled"));
      return;
    }
    this.track(this.options.writer.write([cancelTask(id, why)]));
    live.waits.cancel();
    live.version?.loaded.interrupt?.(live.task.event);
    if (live.state === "waiting") this.track(this.resume([id]));
  }

  /** Something arrived under a key that a task waits for. */
  wake(key: string): boolean {
    const live = this.tasks.waitingFor(key);
    if (!live) return false;
    live.waits.wake(key);
    live.woken = true;
    if (live.state === "waiting") this.track(this.resume([live.task.id]));
    return true;
  }

  /** Whether anything runs or is being written. */
  get busy(): boolean {
    return this.working.size > 0;
  }

  /** Every task that is not over yet. */
  open(): readonly TaskRow[] {
    return [...this.tasks.all()].map(({ task }) => task);
  }

  lane(plugin: string): Lane<Live> {
    let lane = this.lanes.get(plugin);
    if (!lane) {
      lane = new Lane(this.ports.clock, this.options.atOnce, (live) => this.attempt(live));
      this.lanes.set(plugin, lane);
    }
    return lane;
  }

  /** Counts of tasks by what they are doing. */
  counts(plugin: string): { running: number; queued: number; waiting: number } {
    const { running, queued } = this.lane(plugin).load;
    let waiting = 0;
    for (const live of this.tasks.all()) {
      if (live.task.plugin === plugin && live.state === "waiting") waiting += 1;
    }
    return { running, queued, waiting };
  }

  private enqueue(live: Live): void {
    live.state = "queued";
    this.lane(live.task.plugin).push(live);
  }

  /**
   * Runs a task. Its lane is free when the guest is done: the writes that follow share commits with
   * those of others. One whose outcome cannot be written is taken up again: its journal knows how
   * far it came.
   */
  private async attempt(live: Live): Promise<void> {
    if (live.state !== "queued" || this.stopping) return;
    const run = this.runner.run(live);
    const whole = run
      .then((conclude) => conclude())
      .catch((error: unknown) => this.failed(live, error));
    this.track(whole);
    await run.catch(() => undefined);
    if (this.working.size > MOST_ENDING) await whole;
  }

  private failed(live: Live, error: unknown): void {
    if (isGuardFailure(error)) {
      this.tasks.forget(live);
      return;
    }
    live.state = "waiting";
    const again = this.ports.clock.now() + RETRY;
    this.ports.clock.at(again, () => this.track(this.resume([live.task.id])));
    throw error;
  }

  private async suspended(live: Live, due: number | null): Promise<void> {
    // A wake-up or an abort that came during the write found the task running; it is made up here.
    if (live.woken || live.cancelled !== undefined) return this.resume([live.task.id]);
    if (due !== null) this.armFor(due);
  }

  /** A sequence that is over cancels the tasks it had sent before (abort and time-out). */
  private cancelAfter({ event }: Entry): void {
    const siblings = this.tasks.ofContext(event.shkeptncontext);
    if (siblings.length === 0) return;
    const type = parseEventType(event.type);
    if (type.level !== "sequence" || type.kind !== "finished") return;
    const status = textAt(dataOf(event), "status") ?? "unknown";
    const why = `sequence ${type.sequence} of stage ${type.stage} is over: ${status}`;
    for (const { task } of siblings) {
      const meant = task.kind === "task" && task.stage === type.stage && task.event !== event.id;
      if (meant) this.cancel(task.id, why);
    }
  }

  /** Ids of tasks that somebody else leased and does not run any more. */
  private async interrupted(): Promise<string[]> {
    const { owner, exclusive } = this.options;
    const before = exclusive ? Infinity : this.ports.clock.now() - FOREIGN_LEASE_GRACE;
    const [rows] = await this.ports.store.read([interruptedTasks(owner, before)]);
    return (rows ?? []).map((row) => String(row.id));
  }

  /** Leases waiting tasks and puts them into their lanes. */
  private async resume(ids: readonly string[]): Promise<void> {
    if (this.stopping) return;
    const mine = ids.flatMap((id) => {
      const live = this.tasks.get(id);
      return live?.state === "waiting" ? [live] : [];
    });
    if (mine.length === 0) return;
    for (const live of mine) live.state = "queued";
    const names = mine.map((live) => live.task.id);
    const lease = this.ports.clock.now() + LEASE;
    await this.options.writer.write([leaseTasks(names, this.owner, lease)]);
    const [rows] = await this.ports.store.read([leasedTasks(names, this.owner)]);
    const leased = new Map((rows ?? []).map((row) => [String(row.id), readTask(row)]));
    this.armFor(lease);
    for (const live of mine) {
      const task = leased.get(live.task.id);
      if (!task) {
        this.tasks.forget(live);
        continue;
      }
      this.tasks.renew(live, task);
      this.enqueue(live);
    }
  }

  /** The one wake-up of the host: resumes what is due, renews leases, arms the next. */
  private async look(): Promise<void> {
    const now = this.ports.clock.now();
    const [due] = await this.ports.store.read([openTasks(now, BATCH)]);
    const rows = due ?? [];
    for (const row of rows) {
      if (!this.tasks.get(String(row.id))) this.tasks.add(readTask(row)).state = "waiting";
    }
    const waiting = rows.filter((row) => row.state === "waiting").map((row) => String(row.id));
    await this.resume(waiting);
    if (rows.length > waiting.length) {
      await this.options.writer.write([renewLeases(this.owner, now + LEASE)]);
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

  private track(work: Promise<void>): void {
    const guarded = work.catch((error: unknown) => {
      if (isGuardFailure(error)) return;
      const message = error instanceof Error ? error.message : String(error);
      this.ports.log("error", "plugin task", { error: message });
    });
    this.working.add(guarded);
    void guarded.finally(() => this.working.delete(guarded));
  }
}
