/** The sequence view: events folded into what clients see of a context (Keptn: orchestration.md 16). @module */
import type { KeptnEvent } from "../../spec/event.ts";
import { at, type JsonObject, textAt } from "../../spec/json.ts";
import { dataOf } from "../../spec/event.ts";
import type { Context, EventMark, OverallState, SequenceView, StageView } from "../tables/state.ts";

/** An event as the view marks it. */
export interface Seen {
  readonly type: string;
  readonly id: string;
  readonly data: JsonObject;
}

export function seen(event: KeptnEvent): Seen {
  return { type: event.type, id: event.id, data: dataOf(event) };
}

/** The view after a sequence was triggered. */
export function viewTriggered(
  context: Context,
  trigger: KeptnEvent,
  sequence: string,
  now: number,
): Context {
  const data = dataOf(trigger);
  const stage = textAt(data, "stage") ?? "";
  if (context.view)
    return foldStage(context, stage, seen(trigger), textAt(data, "status") ?? "", now);
  const title = textAt(data, "problem", "problemTitle") ?? textAt(data, "problem", "ProblemTitle");
  const view: SequenceView = {
    name: sequence,
    service: textAt(data, "service") ?? "",
    project: context.project,
    time: stamp(now),
    shkeptncontext: context.id,
    ...(title ? { problemTitle: title } : {}),
    stages: [{ name: stage, state: shown(context, stage, "") }],
  };
  return { ...context, view };
}

/** The view after a task event of a stage: triggered (sent or not), started or finished. */
export function viewTask(
  context: Context,
  stage: string,
  event: Seen,
  source: string,
  now: number,
): Context {
  const folded = foldStage(context, stage, event, "triggered", now);
  if (event.type === "sh.keptn.event.deployment.triggered") {
    return withImage(folded, stage, textAt(event.data, "configurationChange", "values", "image"));
  }
  if (event.type === "sh.keptn.event.evaluation.finished" && source === "lighthouse-service") {
    const score = at(event.data, "evaluation", "score");
    return patchStage(folded, stage, {
      latestEvaluation: {
        result: textAt(event.data, "result") ?? "",
        score: typeof score === "number" ? score : 0,
      },
    });
  }
  return folded;
}

/** The view after a stage's sequence ended with a status. */
export function viewFinished(
  context: Context,
  stage: string,
  event: Seen,
  status: string,
  now: number,
): Context {
  return patchStage(context, stage, { state: status, ...marks(event, now) });
}

/** The view after a control command for one stage; other stages and the whole stay as they are. */
export function viewControlled(
  context: Context,
  stage: string,
  state: "paused" | "started",
): Context {
  if (!context.view?.stages.some(({ name }) => name === stage)) return context;
  return patchStage(context, stage, { state });
}

/** The overall state, derived from what is open and how the rest ended. */
export function overallState({ open, endedLast, timedOut }: Context): OverallState {
  if (open.length > 0) {
    if (open.every(({ state }) => state === "paused")) return "paused";
    const running = open.some(({ state }) => state === "started" || state === "waitingForApproval");
    return running ? "started" : "waiting";
  }
  if (endedLast === "aborted") return "aborted";
  return timedOut ? "timedOut" : "finished";
}

/** `YYYY-MM-DDTHH:mm:ss.SSSZ` */
export function stamp(now: number): string {
  return new Date(now).toISOString();
}

function foldStage(
  context: Context,
  stage: string,
  event: Seen,
  state: string,
  now: number,
): Context {
  return patchStage(context, stage, { state: shown(context, stage, state), ...marks(event, now) });
}

/** A stage that was paused on its own shows `paused` until it is resumed. */
function shown({ pauses }: Context, stage: string, state: string): string {
  return pauses.stages[stage] === true ? "paused" : state;
}

function marks({ type, id, data }: Seen, now: number): Partial<StageView> {
  const mark: EventMark = { type, id, time: stamp(now) };
  const failed = data.result === "fail" || data.status === "errored";
  return { latestEvent: mark, ...(failed ? { latestFailedEvent: mark } : {}) };
}

/** Sets a stage's image; what is no text or empty takes it away. */
function withImage(context: Context, stage: string, image: string | undefined): Context {
  if (image) return patchStage(context, stage, { image });
  const stages = context.view?.stages.map(({ image: old, ...rest }) =>
    rest.name === stage || old === undefined ? rest : { ...rest, image: old },
  );
  return context.view && stages ? { ...context, view: { ...context.view, stages } } : context;
}

function patchStage(context: Context, stage: string, patch: Partial<StageView>): Context {
  const { view } = context;
  if (!view) return context;
  const known = view.stages.some(({ name }) => name === stage);
  const stages = known ? view.stages : [...view.stages, { name: stage, state: "" }];
  return {
    ...context,
    view: { ...view, stages: stages.map((s) => (s.name === stage ? { ...s, ...patch } : s)) },
  };
}
