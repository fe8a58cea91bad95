/** Grammar of Keptn's event types. @module */

export const EVENT_PREFIX = "sh.keptn.event.";

export type EventType =
  | { level: "task"; task: string; kind: string }
  | { level: "sequence"; stage: string; sequence: string; kind: string }
  | { level: "other" };

/**
 * Splits an event type into task or sequence parts.
 *
 * Only the number of non-empty dot-separated parts decides (Keptn: orchestration.md 4), except that
 * `<task>.status.changed` is a task event of kind `status.changed`: Keptn took it for a sequence
 * event and ignored it, which is the same to every client.
 */
export function parseEventType(type: string): EventType {
  const parts = type.split(".");
  if (parts.some((part) => part === "")) return { level: "other" };
  const [, , , fourth, fifth, sixth] = parts;
  if (parts.length === 5) return { level: "task", task: fourth!, kind: fifth! };
  if (parts.length !== 6) return { level: "other" };
  if (fifth === "status" && sixth === "changed") {
    return { level: "task", task: fourth!, kind: "status.changed" };
  }
  return { level: "sequence", stage: fourth!, sequence: fifth!, kind: sixth! };
}

/** `sh.keptn.event.<task>.<kind>` */
export function taskType(task: string, kind: string): string {
  return `${EVENT_PREFIX}${task}.${kind}`;
}

/** `sh.keptn.event.<stage>.<sequence>.<kind>` */
export function sequenceType(stage: string, sequence: string, kind: string): string {
  return `${EVENT_PREFIX}${stage}.${sequence}.${kind}`;
}
