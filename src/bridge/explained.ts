/** Takes the reasons out of the explained sequence, by the event that they belong to. @module */
import type { Json, Reason } from "./models.ts";
import type { Reasons } from "./trace.ts";

/** Every reason of the answer, under the triggered id of the task or sequence that it explains. */
export function reasonsOf(explained: Json): Reasons {
  const found: { [id: string]: Reason } = {};
  collect(explained, undefined, found);
  return found;
}

function collect(value: Json, owner: string | undefined, found: { [id: string]: Reason }): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, owner, found);
    return;
  }
  const own = ["triggeredId", "triggeredID", "triggeredid", "id", "event"]
    .map((name) => value[name])
    .find((id) => typeof id === "string");
  const id = typeof own === "string" ? own : owner;
  for (const [name, part] of Object.entries(value)) {
    if (name === "reason" && id && isReason(part)) found[id] = part as unknown as Reason;
    else collect(part, id, found);
  }
}

function isReason(value: Json): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    typeof value.rule === "string" &&
    typeof value.message === "string"
  );
}
