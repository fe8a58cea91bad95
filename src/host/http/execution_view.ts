/** Executions as Keptn's `/sequence-execution` showed them (Keptn: http-api.md 7.4). @module */
import { commonData, dataOf, type KeptnEvent } from "../../spec/event.ts";
import { taskType } from "../../spec/event_type.ts";
import type { JsonObject } from "../../spec/json.ts";
import type { Row, Store } from "../ports/store.ts";
import { readEvent, selectEvents } from "../tables/event_table.ts";
import { eventsOf, readExecution } from "../tables/execution_table.ts";
import type { Answer, Execution } from "../tables/state.ts";

/** Executions of table rows, together with the events that they refer to. */
export async function loadExecutions(store: Store, rows: readonly Row[]): Promise<Execution[]> {
  if (rows.length === 0) return [];
  const ids = [...new Set(rows.flatMap(eventsOf))];
  const [found = []] = await store.read([selectEvents(ids)]);
  const events = new Map<string, KeptnEvent>();
  for (const row of found) events.set(String(row.id), readEvent(row));
  return rows.map((row) => readExecution(row, events));
}

export function executionJson(execution: Execution): JsonObject {
  const { tasks, done, current, before, trigger } = execution;
  const common = commonData(trigger.data);
  const labels = "undecodable" in common ? undefined : common.labels;
  return {
    _id: execution.id,
    schemaVersion: "1",
    sequence: {
      name: execution.sequence,
      tasks: tasks.map(({ name, triggeredAfter, properties }) => ({
        name,
        ...(triggeredAfter ? { triggeredAfter } : {}),
        properties: properties ?? null,
      })),
    },
    status: {
      state: execution.state,
      stateBeforePause: before ?? "",
      previousTasks: done.map(({ name, id, result, status, data }) => ({
        name,
        triggeredID: id,
        result,
        status,
        properties: data,
      })),
      currentTask: {
        name: current?.name ?? "",
        triggeredID: current?.id ?? "",
        events: (current?.answers ?? []).map((answer) => answerJson(current!.name, answer)),
      },
    },
    scope: {
      project: execution.project,
      stage: execution.stage,
      service: execution.service,
      ...(labels ? { labels: { ...labels } } : {}),
      keptnContext: execution.context,
      triggeredId: execution.id,
      gitcommitid: execution.commit,
      eventType: trigger.type,
    },
    inputProperties: dataOf(trigger),
    triggeredAt: new Date(execution.triggered).toISOString(),
  };
}

function answerJson(task: string, answer: Answer): JsonObject {
  return {
    eventType: taskType(task, answer.kind),
    source: answer.source,
    result: answer.result ?? "",
    status: answer.status ?? "",
    time: answer.time,
    properties: answer.data,
  };
}
