/** Which plugin listens to which event type, out of their manifests. @module */
import { taskType } from "../spec/event_type.ts";
import type { Subscriber } from "./admission.ts";
import { fullType } from "./answer.ts";
import type { Manifest } from "./manifest.ts";

export type Listeners = ReadonlyMap<string, readonly Subscriber[]>;

export function listenersOf(manifests: readonly Manifest[]): Listeners {
  const listeners = new Map<string, Subscriber[]>();
  const add = (type: string, subscriber: Subscriber): void => {
    listeners.set(type, [...(listeners.get(type) ?? []), subscriber]);
  };
  for (const { name: plugin, tasks, on } of manifests) {
    for (const task of Object.keys(tasks)) {
      add(taskType(task, "triggered"), { plugin, kind: "task", name: task });
    }
    for (const type of on) add(fullType(type), { plugin, kind: "on", name: type });
  }
  return listeners;
}

/** Task types that more than one plugin answers, with the names of those plugins. */
export function answeredTwice(listeners: Listeners): ReadonlyMap<string, string> {
  const twice = new Map<string, string>();
  for (const [type, subscribers] of listeners) {
    const names = subscribers.filter(({ kind }) => kind === "task").map(({ plugin }) => plugin);
    if (names.length > 1) twice.set(type, names.join(" and "));
  }
  return twice;
}
