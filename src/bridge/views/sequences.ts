/** Lines of a list of sequences: state, name, image, stages reached, age. @module */
import { h } from "../element.ts";
import { ago, fullTime, score, shortImage } from "../format.ts";
import type { SequenceState, StageState } from "../models.ts";
import { sequencePath } from "../route.ts";
import { badge, toneOf } from "../status.ts";

export function sequenceLines(states: readonly SequenceState[]): HTMLElement {
  return h("ol", { class: "lines" }, states.map(sequenceLine));
}

function sequenceLine(sequence: SequenceState): HTMLElement {
  const { name, service, project, shkeptncontext, stages } = sequence;
  const image = stages.find((stage) => stage.image)?.image;
  return h(
    "li",
    { "data-key": shkeptncontext },
    badge(overall(sequence)),
    h(
      "span",
      { class: "grow" },
      h("a", { href: sequencePath(project, shkeptncontext) }, `${name} of ${service}`),
      " ",
      h("span", { class: "image" }, image ? shortImage(image) : (sequence.problemTitle ?? "")),
    ),
    h("span", { class: "tail" }, stages.map(scoreBadge), age(sequence.time)),
  );
}

/** Keptn's overall `finished` also covers failure; the page says which it was. */
export function overall({ state, stages }: SequenceState): string {
  if (state !== "finished") return state;
  const failed = stages.some((stage) => stage.latestFailedEvent || stage.state === "errored");
  return failed ? "fail" : "pass";
}

function scoreBadge({ name, latestEvaluation }: StageState): HTMLElement | null {
  if (!latestEvaluation) return null;
  const { result, score: points } = latestEvaluation;
  const shown = badge(toneOf(result), score(points));
  shown.title = `${name}: score ${score(points)}, ${result}`;
  return shown;
}

function age(time: string): HTMLElement {
  const at = Date.parse(time);
  return h(
    "time",
    { class: "quiet small", datetime: time, title: fullTime(at) },
    ago(at, Date.now()),
  );
}
