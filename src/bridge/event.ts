/** Reading single events. @module */
import type { Json, KeptnEvent } from "./models.ts";

const PREFIX = "sh.keptn.event.";

/** The parts of an event's type behind the prefix; none for foreign types. */
export function namesOf({ type }: KeptnEvent): string[] {
  return type.startsWith(PREFIX) ? type.slice(PREFIX.length).split(".") : [];
}

export function timeOf(event: KeptnEvent): number {
  return Date.parse(event.time ?? "") || 0;
}

/** The value at a path of an event's data. */
export function field(event: KeptnEvent, ...path: string[]): Json | undefined {
  let here: Json | undefined = event.data;
  for (const key of path) {
    if (typeof here !== "object" || here === null || Array.isArray(here)) return undefined;
    here = here[key];
  }
  return here;
}

/** The text at a path of an event's data, unless it is empty. */
export function text(event: KeptnEvent, ...path: string[]): string | undefined {
  const found = field(event, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}
