/** The vectors of the first half of an evaluation: which events follow `evaluation.triggered`. @module */
import { finishedData } from "../../src/spec/evaluation.ts";
import {
  planEvaluation,
  startedData,
  undecodableTrigger,
} from "../../src/spec/evaluation_start.ts";
import { taskType } from "../../src/spec/event_type.ts";
import { isObject, type Json, type JsonObject } from "../../src/spec/json.ts";
import { lookUpSlo, type Place } from "./vector_slo.ts";
import { NOW, readText } from "./vector_values.ts";
import type { Outcome } from "./vectors.ts";

type Vector = Record<string, unknown>;

export function runStart(vector: Vector): Outcome {
  const data = vector.eventData as Json;
  const undecodable = undecodableTrigger(data);
  if (undecodable || !isObject(data)) {
    return { value: { events: [], handlerError: undecodable } };
  }
  const project = vector.projectSliProvider as string | null;
  const plan = planEvaluation({
    data,
    slo: lookUpSlo(vector, data as unknown as Place),
    provider: project ?? (vector.defaultSliProvider as string | null) ?? undefined,
    now: NOW,
  });
  const event = (type: string, about: JsonObject, triggered: boolean): JsonObject => ({
    type: taskType(...(type.split(".") as [string, string])),
    source: "lighthouse-service",
    extensions: {
      shkeptncontext: "ctx",
      ...(triggered ? { triggeredid: "triggered-id" } : {}),
      ...(vector.gitCommitId ? { gitcommitid: readText(vector.gitCommitId) } : {}),
    },
    data: about,
  });
  const { project: p, stage, service } = startedData(data);
  const next =
    plan.kind === "ask"
      ? event("get-sli.triggered", plan.data, false)
      : event(
          "evaluation.finished",
          { project: p!, stage: stage!, service: service!, ...finishedData(plan.finished) },
          true,
        );
  return { value: { events: [event("evaluation.started", startedData(data), true), next] } };
}
