/** Bodies of Keptn's sequence API. @module */
import { z } from "zod";

const text = z.string();
const data = z.record(z.string(), z.json());

const stateEvent = z.looseObject({ type: text, id: text, time: text });

export const OVERALL_STATES = [
  "triggered",
  "waiting",
  "started",
  "paused",
  "finished",
  "timedOut",
  "aborted",
] as const;

/** One context over all its stages (Keptn: http-api.md 7.2). */
export const sequenceState = z
  .looseObject({
    name: text,
    service: text,
    project: text,
    time: text,
    shkeptncontext: text,
    state: z.union([z.enum(OVERALL_STATES), text]),
    problemTitle: text.optional(),
    stages: z.array(
      z.looseObject({
        name: text,
        /** Absent until the first task event. */
        state: text.optional(),
        image: text.optional(),
        latestEvent: stateEvent.optional(),
        latestFailedEvent: stateEvent.optional(),
        latestEvaluation: z.looseObject({ result: text, score: z.number() }).optional(),
      }),
    ),
  })
  .meta({ id: "SequenceState" });
export const sequenceStates = z
  .looseObject({
    states: z.array(sequenceState),
    nextPageKey: z.number().optional(),
    totalCount: z.number().optional(),
  })
  .meta({ id: "SequenceStates" });

export const sequenceControl = z
  .looseObject({ state: text, stage: text.nullish() })
  .meta({ id: "SequenceControl" });

const doneTask = z.looseObject({
  name: text,
  triggeredID: text,
  result: text,
  status: text,
  properties: data.nullish(),
});

/** One pass of a stage (Keptn: http-api.md 7.4). */
export const sequenceExecution = z
  .looseObject({
    _id: text,
    schemaVersion: text,
    sequence: z.looseObject({
      name: text,
      tasks: z.array(
        z.looseObject({ name: text, triggeredAfter: text.optional(), properties: data.nullish() }),
      ),
    }),
    status: z.looseObject({
      state: text,
      stateBeforePause: text.optional(),
      previousTasks: z.array(doneTask).nullish(),
      currentTask: z.looseObject({
        name: text,
        triggeredID: text,
        events: z
          .array(
            z.looseObject({
              eventType: text,
              source: text,
              result: text.optional(),
              status: text.optional(),
              time: text.optional(),
              properties: data.nullish(),
            }),
          )
          .nullish(),
      }),
    }),
    scope: z.looseObject({
      project: text,
      stage: text,
      service: text,
      labels: z.record(z.string(), z.string()).nullish(),
      keptnContext: text,
      triggeredId: text,
      gitcommitid: text.optional(),
      eventType: text,
    }),
    inputProperties: data.nullish(),
    triggeredAt: text,
  })
  .meta({ id: "SequenceExecution" });
export const sequenceExecutions = z
  .looseObject({
    sequenceExecutions: z.array(sequenceExecution),
    nextPageKey: z.number().optional(),
    pageSize: z.number().optional(),
    totalCount: z.number().optional(),
  })
  .meta({ id: "SequenceExecutions" });

export type SequenceState = z.infer<typeof sequenceState>;
export type SequenceExecution = z.infer<typeof sequenceExecution>;
