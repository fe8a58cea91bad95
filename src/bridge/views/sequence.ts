/** One sequence, live: rail of stages, tasks with reasons, gate, payloads, and its controls. @module */
import { control, decide, readExplained, readProject } from "../api.ts";
import { text, timeOf } from "../event.ts";
import { h } from "../element.ts";
import { clock, fullTime, shortImage, sourceName, span } from "../format.ts";
import type { Explained, Project, SequenceState } from "../models.ts";
import { projectPath, sequencePath } from "../route.ts";
import { badge, toneOf } from "../status.ts";
import { type Run, type Trace, traceOf } from "../trace.ts";
import type { Facts, View } from "../view.ts";
import { decided } from "./approval.ts";
import { payloads } from "./payload.ts";
import { rail } from "./rail.ts";
import { overall } from "./sequences.ts";
import { reasonNotice, taskRow } from "./task.ts";

const ENDED = new Set(["finished", "aborted", "timedOut"]);

export function sequenceView(project: string, context: string, stage?: string): View {
  let facts: Project | undefined;
  let found: Explained | undefined;
  return {
    get title() {
      return found ? `${found.state.name} of ${found.state.service}` : "Sequence";
    },
    crumbs: [{ text: project, href: projectPath(project) }, { text: context.slice(0, 8) }],
    filter: { project, context },
    async load() {
      [found, facts] = await Promise.all([
        readExplained(project, context),
        facts ?? readProject(project),
      ]);
    },
    hear: () => true,
    act: (name, given) => act(name, given, project, context, found),
    ticking: () => found !== undefined && !ENDED.has(found.state.state),
    dueIn: () => (found?.refreshAt ? Date.parse(found.refreshAt) - Date.now() : undefined),
    render() {
      if (!found) return [];
      const { state } = found;
      const { runs, refused, loose } = traceOf(found);
      return [
        head(state, runs),
        rail({
          runs,
          stages: state.problemTitle ? [] : (facts?.stages ?? []),
          over: ENDED.has(state.state),
          href: (run) => sequencePath(project, context, run.stage),
          ...(stage ? { chosen: stage } : {}),
        }),
        ...runs.map((run) => runCard(run, run.stage === stage)),
        ...refusals(refused),
        ...others(loose),
      ];
    },
  };
}

async function act(
  name: string,
  { id }: Facts,
  project: string,
  context: string,
  found: Explained | undefined,
): Promise<string> {
  if (name === "pause" || name === "resume" || name === "abort") {
    await control(project, context, name);
    return `sequence: ${name} was sent`;
  }
  const approval = found?.events.find((entry) => entry.id === id)?.event;
  if (!approval) return "this approval was answered already";
  const result = name === "approve" ? "pass" : "fail";
  await decide(approval, result);
  return decided(approval, result);
}

function head(state: SequenceState, runs: readonly Run[]): HTMLElement {
  const image = state.stages.find((stage) => stage.image)?.image;
  const from = runs[0]?.triggeredAt ?? Date.parse(state.time);
  const ends = runs.map((run) => run.finishedAt ?? 0);
  const to = ENDED.has(state.state) ? Math.max(from, ...ends) : Date.now();
  return h(
    "header",
    { class: "head", "data-key": "head" },
    h(
      "div",
      { class: "row spread" },
      h("h1", {}, `${state.name} of ${state.service}`),
      h("div", { class: "row" }, badge(overall(state)), ...controls(state)),
    ),
    h(
      "dl",
      { class: "facts" },
      image && fact("image", h("span", { class: "image" }, shortImage(image))),
      state.problemTitle && fact("problem", state.problemTitle),
      fact("started", h("time", { datetime: state.time }, fullTime(from))),
      fact("took", span(to - from)),
      fact("context", h("span", { class: "mono" }, state.shkeptncontext)),
    ),
  );
}

function fact(name: string, value: Node | string): HTMLElement {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

function controls({ state }: SequenceState): HTMLElement[] {
  if (ENDED.has(state)) return [];
  const next = state === "paused" ? "resume" : "pause";
  return [
    h("button", { "data-do": next, "data-key": next }, next === "pause" ? "Pause" : "Resume"),
    h(
      "button",
      {
        class: "danger",
        "data-do": "abort",
        "data-key": "abort",
        "data-ask": "Abort this sequence?",
      },
      "Abort",
    ),
  ];
}

function runCard(run: Run, chosen: boolean): HTMLElement {
  const happened = [...run.events, ...run.tasks.flatMap((task) => task.events)].map(timeOf);
  const now = run.finishedAt ?? Math.max(run.triggeredAt, ...happened, Date.now());
  const axis = { from: run.triggeredAt, to: now };
  const image = run.events[0] && text(run.events[0], "configurationChange", "values", "image");
  return h(
    "section",
    {
      class: chosen ? "card run chosen" : "card run",
      id: `stage-${run.stage}`,
      "data-key": run.id,
      "aria-label": `${run.sequence} in ${run.stage}`,
    },
    h(
      "header",
      { class: "row spread" },
      h(
        "div",
        { class: "row" },
        h("h2", {}, run.stage),
        h("span", { class: "quiet" }, run.sequence),
        image && h("span", { class: "image" }, shortImage(image)),
      ),
      h(
        "div",
        { class: "row" },
        h("span", { class: "quiet small" }, span(axis.to - axis.from)),
        badge(run.state),
      ),
    ),
    run.cause && h("p", { class: "inset quiet small cause" }, run.cause.message),
    run.reasons.length > 0 &&
      h(
        "div",
        { class: "inset section" },
        run.reasons.map((reason) => reasonNotice(reason, toneOfRun(run))),
      ),
    h(
      "ol",
      {},
      run.tasks.flatMap((task) => taskRow(task, run, axis)),
    ),
  );
}

function toneOfRun(run: Run): string {
  if (run.finishedAt === undefined) return "info";
  return toneOf(run.state) === "pass" ? "none" : toneOf(run.state);
}

function refusals(refused: Trace["refused"]): HTMLElement[] {
  if (refused.length === 0) return [];
  return [
    h(
      "section",
      { class: "card section", "data-key": "refused" },
      h("h2", {}, "Refused"),
      refused.map(({ reason }) => reasonNotice(reason, "warning")),
    ),
  ];
}

function others(loose: Trace["loose"]): HTMLElement[] {
  if (loose.length === 0) return [];
  const sources = new Set(loose.map(({ source }) => sourceName(source)));
  const last = timeOf(loose.at(-1)!);
  return [
    h(
      "section",
      { class: "card section", "data-key": "loose" },
      h("h2", {}, "Other events of this context"),
      h("p", { class: "quiet small" }, `from ${[...sources].join(", ")}, last ${clock(last)}`),
      payloads(loose),
    ),
  ];
}
