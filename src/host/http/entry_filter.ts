/** Filters of clients over entries of the log that are in memory. @module */
import type { LogEntry } from "../engine/controller_types.ts";

/** What is absent fits everything. */
export interface EntryFilter {
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
  readonly service?: string | undefined;
  readonly context?: string | undefined;
  readonly type?: string | undefined;
  readonly id?: string | undefined;
}

export function fits({ event, origin }: LogEntry, filter: EntryFilter): boolean {
  const data = event.data as { project?: unknown; stage?: unknown; service?: unknown } | null;
  return (
    agrees(filter.project, data?.project) &&
    agrees(filter.stage, data?.stage) &&
    agrees(filter.service, data?.service) &&
    agrees(filter.context, event.shkeptncontext) &&
    agrees(filter.id, event.id) &&
    // Commands and timers have types of their own, and change what the filtered events mean.
    (origin === "internal" || agrees(filter.type, event.type))
  );
}

function agrees(wanted: string | undefined, given: unknown): boolean {
  return wanted === undefined || wanted === given;
}
