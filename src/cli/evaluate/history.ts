/** The history file of `periplus evaluate`: one `evaluation.finished` event in each line, oldest first. @module */
import { KeptnError } from "../../spec/errors.ts";
import { randomUUID } from "node:crypto";
import type { EvaluationFinished } from "../../spec/evaluation.ts";
import { finishedData } from "../../spec/evaluation.ts";
import { taskType } from "../../spec/event_type.ts";
import { isObject, type Json, type JsonObject, textAt } from "../../spec/json.ts";
import type { StoredEvaluation } from "../../spec/history.ts";

export interface HistoryPlace {
  readonly project: string;
  readonly stage: string;
  readonly service: string;
}

const PLACE_FIELDS = ["project", "stage", "service"] as const;

/** Evaluations of the same project, stage and service, newest first. */
export function readHistory(text: string, file: string, place: HistoryPlace): StoredEvaluation[] {
  const lines = text.split("\n");
  const stored = lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const event = parseLine(line);
    // A line without an end was cut off by a crash while it was appended.
    if (!event && index === lines.length - 1) return [];
    if (!event) {
      throw new KeptnError(
        "ERR_FILE_INVALID",
        `${file}:${index + 1}:1 expected one JSON event per line, as periplus evaluate --history appends it`,
      );
    }
    return [event];
  });
  return stored
    .filter(({ data }) =>
      PLACE_FIELDS.every((field) => (textAt(data, field) ?? "") === place[field]),
    )
    .toReversed();
}

/** The line that remembers an evaluation. */
export function historyLine(
  finished: EvaluationFinished,
  place: HistoryPlace,
  now: number,
): string {
  const { project, stage, service } = place;
  const event: JsonObject = {
    id: randomUUID(),
    source: "periplus-evaluate",
    specversion: "1.0",
    type: taskType("evaluation", "finished"),
    time: new Date(now).toISOString(),
    data: { project, stage, service, ...finishedData(finished) },
  };
  return `${JSON.stringify(event)}\n`;
}

function parseLine(line: string): StoredEvaluation | undefined {
  const event = parseJson(line);
  if (!isObject(event) || typeof event.id !== "string" || !isObject(event.data)) return undefined;
  return { id: event.id, data: event.data };
}

function parseJson(line: string): Json {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return null;
  }
}
