/** The tasks that are not over, in memory, findable by id, context and what they wait for. @module */
import type { KeptnEvent } from "../spec/event.ts";
import type { Version } from "./activation.ts";
import type { Clock } from "./ports.ts";
import type { TaskRow } from "./task_tables.ts";
import { Waits } from "./waits.ts";

export interface Live {
  task: TaskRow;
  event?: KeptnEvent;
  state: "queued" | "running" | "waiting" | "ending";
  /** The version that runs it now. */
  version?: Version;
  waits: Waits;
  /** Something arrived while the suspension was being written. */
  woken: boolean;
  cancelled?: string;
  readonly keys: Set<string>;
}

export class LiveTasks {
  private readonly clock: Clock;
  private readonly byId = new Map<string, Live>();
  private readonly byContext = new Map<string, Set<Live>>();
  private readonly byKey = new Map<string, Live>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(task: TaskRow, event?: KeptnEvent): Live {
    const live: Live = {
      task,
      ...(event ? { event } : {}),
      state: "queued",
      waits: new Waits(this.clock, (key) => this.listen(live, key)),
      woken: false,
      keys: new Set(),
      ...(task.cancelled === undefined ? {} : { cancelled: task.cancelled }),
    };
    this.byId.set(task.id, live);
    const siblings = this.byContext.get(task.context) ?? new Set();
    this.byContext.set(task.context, siblings.add(live));
    return live;
  }

  /** Makes a task ready to run again under a new lease. */
  renew(live: Live, task: TaskRow): void {
    live.task = task;
    live.waits = new Waits(this.clock, (key) => this.listen(live, key));
    live.woken = false;
    if (task.cancelled === undefined) return;
    live.cancelled = task.cancelled;
    live.waits.cancel();
  }

  /** From now on the task is found under a key. */
  listen(live: Live, key: string): void {
    live.keys.add(key);
    this.byKey.set(key, live);
  }

  forget(live: Live): void {
    this.byId.delete(live.task.id);
    for (const key of live.keys) this.byKey.delete(key);
    const siblings = this.byContext.get(live.task.context);
    siblings?.delete(live);
    if (siblings?.size === 0) this.byContext.delete(live.task.context);
  }

  get(id: string): Live | undefined {
    return this.byId.get(id);
  }

  waitingFor(key: string): Live | undefined {
    return this.byKey.get(key);
  }

  ofContext(context: string): readonly Live[] {
    return [...(this.byContext.get(context) ?? [])];
  }

  all(): IterableIterator<Live> {
    return this.byId.values();
  }
}
