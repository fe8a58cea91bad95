/** Everything that a plugin's author imports, as `periplus/plugin`. @module */
import "./globals.ts";

export { definePlugin } from "./define.ts";
export type { Allow, AskedLimits, On, Plugin, Run, Task } from "./define.ts";
export { s } from "./schema.ts";
export type { Infer, Schema } from "./schema.ts";
export { Cancelled, Uncertain } from "./errors.ts";
export type { Data, Finished, Ignored, LeftOpen, Result } from "./results.ts";
export type {
  Context,
  EventFilter,
  Events,
  FoundFile,
  KeyValues,
  Level,
  Logger,
  ProjectFiles,
  RequestAnswer,
  RequestAnswers,
  Span,
  TaskContext,
} from "./context.ts";
export type {
  Evaluation,
  EventData,
  IndicatorResult,
  KeptnEvent,
  TaskResult,
  TaskStatus,
} from "./event_data.ts";
export type { Json, JsonObject } from "../../spec/json.ts";
export * from "./gate.ts";
export { formatSpan, parseDuration } from "../../spec/duration.ts";
