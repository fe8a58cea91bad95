/** The line of stages that a delivery passes: one node per run, then the stages still to come. @module */
import { h } from "../element.ts";
import { clock, fullTime, score } from "../format.ts";
import type { Stage } from "../models.ts";
import { icon, toneOf, wordOf } from "../status.ts";
import type { Run } from "../trace.ts";

export interface RailInput {
  readonly runs: readonly Run[];
  readonly stages: readonly Stage[];
  readonly chosen?: string;
  /** Whether more may follow: a finished delivery shows no stages to come. */
  readonly over: boolean;
  href(run: Run): string;
}

export function rail({ runs, stages, chosen, over, href }: RailInput): HTMLElement {
  const reached = new Set(runs.map((run) => run.stage));
  const ahead = over ? [] : stages.filter((stage) => !reached.has(stage.stageName));
  return h(
    "nav",
    { class: "card", "aria-label": "Stages of this sequence" },
    h(
      "ol",
      { class: "rail" },
      runs.map((run) => {
        const state = stateOf(run);
        const at = run.finishedAt ?? run.triggeredAt;
        return h(
          "li",
          { class: `reached ${toneOf(state)}`, "data-key": run.id },
          h(
            "a",
            { href: href(run), "aria-current": run.stage === chosen ? "step" : null },
            h("span", { class: `knob ${toneOf(state)}` }, icon(toneOf(state))),
            h("span", { class: "name" }, run.stage),
            h("span", { class: "under" }, `${run.sequence}: ${words(run, state)}`),
            h("time", { class: "under", title: fullTime(at) }, clock(at)),
          ),
        );
      }),
      ahead.map(({ stageName }) =>
        h(
          "li",
          { "data-key": `ahead-${stageName}` },
          h(
            "a",
            {},
            h("span", { class: "knob none" }, icon("none")),
            h("span", { class: "name quiet" }, stageName),
            h("span", { class: "under" }, "next"),
          ),
        ),
      ),
    ),
  );
}

/** A run whose current task is an open approval waits for a person. */
function stateOf(run: Run): string {
  return run.tasks.some((task) => task.state === "approval") ? "approval" : run.state;
}

function words(run: Run, state: string): string {
  const points = run.tasks.findLast((task) => task.evaluation)?.evaluation?.score;
  if (state === "approval") return "waiting for approval";
  return points === undefined ? wordOf(state) : `${wordOf(state)}, ${score(points)}`;
}
