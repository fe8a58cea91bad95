/** Which events become tasks of which plugins, inside the write of the events themselves. @module */
import type { KeptnEvent } from "../spec/event.ts";
import { scopeOf } from "./answer.ts";
import type { Clock, Statement } from "./ports.ts";
import { dropTasks, insertTasks, type TaskRow } from "./task_tables.ts";

/** One entry of the log, as far as the platform reads it. */
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
export interface Subscriptions {
  subscribers(type: string): readonly Subscriber[];
}

/** Milliseconds for which a host owns a task before others may take it. */
export const LEASE = 60_000;

export class Admission {
  private readonly subscriptions: Subscriptions;
  private readonly owner: string;
  private readonly clock: Clock;
  /** Tasks inserted by writes that have not reported their commit yet, by event. */
  private readonly offered = new Map<string, readonly TaskRow[]>();
  /** Tasks that end with an answer on its way into the log, by the answer's id. */
  private readonly answered = new Map<string, string>();

  constructor(subscriptions: Subscriptions, owner: string, clock: Clock) {
    this.subscriptions = subscriptions;
    this.owner = owner;
    this.clock = clock;
  }

  /** One statement for all new tasks of these events, one for all tasks that they answer. */
  rowsFor(entries: readonly Entry[]): Statement[] {
    const tasks: TaskRow[] = [];
    const ended: string[] = [];
    for (const entry of entries) {
      const over = this.answered.get(entry.event.id);
      if (over !== undefined) ended.push(over);
      const own = this.tasksOf(entry);
      if (own.length === 0) continue;
      this.offered.set(entry.event.id, own);
      tasks.push(...own);
    }
    const lease = this.clock.now() + LEASE;
    return [
      ...(tasks.length > 0 ? [insertTasks(tasks, this.owner, lease)] : []),
      ...(ended.length > 0 ? [dropTasks(ended)] : []),
    ];
  }

  /** The tasks that the commit of an event has made. */
  committed(event: string): readonly TaskRow[] {
    const own = this.offered.get(event) ?? [];
    this.offered.delete(event);
    this.answered.delete(event);
    return own;
  }

  /** The write of this answer will end the task: all tasks of a group in one statement, without a guard each. */
  endsWith(finished: KeptnEvent, task: TaskRow): boolean {
    this.answered.set(finished.id, task.id);
    return true;
  }

  private tasksOf(entry: Entry): TaskRow[] {
    const { event } = entry;
    if (entry.origin === "internal") return [];
    const subscribers = this.subscriptions.subscribers(event.type);
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
        created: entry.at ?? this.clock.now(),
      }));
  }
}
