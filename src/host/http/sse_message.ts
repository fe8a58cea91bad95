/** Entries of the log as server-sent events. @module */
import type { LogEntry } from "../engine/controller_types.ts";
import type { Row } from "../ports/store.ts";

/** Messages of an entry that was just committed. */
export function messagesOf({ seq, origin, event, reason }: LogEntry): string {
  if (origin === "internal") {
    const project = (event.data as { project?: unknown } | null)?.project ?? "";
    return stateMessage(seq, String(project), event.shkeptncontext);
  }
  const why = reason ? JSON.stringify(reason) : null;
  return eventMessage(seq, event.id, JSON.stringify(event), why);
}

/** Messages of an entry that was read back. */
export function messagesOfRow(row: Row): string {
  const seq = Number(row.seq);
  if (row.origin === "internal") {
    return stateMessage(seq, String(row.project), String(row.context));
  }
  const why = row.reason === null || row.reason === undefined ? null : String(row.reason);
  return eventMessage(seq, String(row.id), String(row.body), why);
}

/** Tells that the place that was asked for is not known any more. */
export function resetMessage(oldest: number, newest: number): string {
  return `id: ${newest}\nevent: reset\ndata: ${JSON.stringify({ oldest, newest })}\n\n`;
}

/** The reason goes first and without an id, so that a client resumes before both or after both. */
function eventMessage(seq: number, eventId: string, body: string, reason: string | null): string {
  const why = reason
    ? `event: reason\ndata: {"eventId":${JSON.stringify(eventId)},"reason":${reason}}\n\n`
    : "";
  return `${why}id: ${seq}\ndata: ${body}\n\n`;
}

function stateMessage(seq: number, project: string, keptnContext: string): string {
  return `id: ${seq}\nevent: state\ndata: ${JSON.stringify({ project, keptnContext })}\n\n`;
}
