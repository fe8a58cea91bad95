/** One sequence, live: rail of stages, tasks with reasons, gate, payloads, and its controls. @module */
import { control, decide, readEvents, readExplained, readProject, readState } from "../api.ts";
import { reasonsOf } from "../explained.ts";
import { h } from "../element.ts";
import { fullTime, shortImage, span } from "../format.ts";
import type { Json, KeptnEvent, Project, SequenceState } from "../models.ts";
import { projectPath, sequencePath } from "../route.ts";
import { badge, toneOf } from "../status.ts";
import { foldTrace, isOver, type Run, runState, text, timeOf, type Trace } from "../trace.ts";
import type { Facts, View } from "../view.ts";
import { decided } from "./approval.ts";
import { payloads } from "./payload.ts";
import { rail } from "./rail.ts";
import { overall } from "./sequences.ts";
import { reasonNotice, taskRow } from "./task.ts";

const ENDED = new Set(["finished", "aborted", "timedOut"]);

export function sequenceView(project: string, context: string, stage?: string): View {
  const events = new Map<string, KeptnEvent>();
  let facts: Project | undefined;
  let state: SequenceState | undefined;
  let explained: Json = null;
  const trace = (): Trace => foldTrace([...events.values()], reasonsOf(explained));
  return {
    title: `${state?.name ?? "sequence"} in ${project}`,
    crumbs: [{ text: project, href: projectPath(project) }, { text: context.slice(0, 8) }],
    filter: { project, context },
    async load() {
      const [found, view, why, owner] = await Promise.all([
        readEvents(context, project),
        readState(project, context),
        readExplained(project, context),
        facts ?? readProject(project),
      ]);
      const heard = [...events.values()];
      events.clear();
      for (const event of [...found, ...heard]) events.set(event.id, event);
      [state, explained, facts] = [view, why, owner];
    },
    hear(event) {
      events.set(event.id, event);
      return true;
    },
    act: (name, given) => act(name, given, project, context, events),
    ticking: () => state !== undefined && !ENDED.has(state.state),
    render() {
      if (!state) return [h("p", { class: "card" }, `No sequence ${context} in ${project}.`)];
      const { runs, loose } = trace();
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
        loose.length > 0 &&
          h(
            "section",
            { class: "card section", "data-key": "loose" },
            h("h2", {}, "Other events of this context"),
            payloads(loose),
          ),
      ].filter((part): part is HTMLElement => part !== false);
    },
  };
}

async function act(
  name: string,
  { id }: Facts,
  project: string,
  context: string,
  events: ReadonlyMap<string, KeptnEvent>,
): Promise<string> {
  if (name === "pause" || name === "resume" || name === "abort") {
    await control(project, context, name);
    return `sequence: ${name} was sent`;
  }
  const approval = events.get(id ?? "");
  if (!approval) return "this approval was answered already";
  const result = name === "approve" ? "pass" : "fail";
  await decide(approval, result);
  return decided(approval, result);
}

function head(state: SequenceState, runs: readonly Run[]): HTMLElement {
  const image = state.stages.find((stage) => stage.image)?.image;
  const over = ENDED.has(state.state);
  const from = runs[0]?.triggeredAt ?? Date.parse(state.time);
  const ends = runs.map((run) => run.finishedAt ?? 0);
  const to = over ? Math.max(from, ...ends) : Date.now();
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
  const paused = state === "paused";
  return [
    h("button", { "data-do": paused ? "resume" : "pause" }, paused ? "Resume" : "Pause"),
    h(
      "button",
      { class: "danger", "data-do": "abort", "data-ask": "Abort this sequence?" },
      "Abort",
    ),
  ];
}

function runCard(run: Run, chosen: boolean): HTMLElement {
  const state = runState(run);
  const last = Math.max(...run.events.concat(run.tasks.flatMap((one) => one.events)).map(timeOf));
  const axis = { from: run.triggeredAt, to: run.finishedAt ?? Math.max(last, Date.now()) };
  const image = text(run.events[0]!, "configurationChange", "values", "image");
  const waiting = run.finishedAt === undefined && !run.tasks.some((task) => !isOver(task));
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
        badge(state),
      ),
    ),
    run.reason && (waiting || run.finishedAt !== undefined)
      ? h("div", { class: "inset" }, reasonNotice(run.reason, waiting ? "info" : toneOf(state)))
      : null,
    h(
      "ol",
      {},
      run.tasks.flatMap((task) => taskRow(task, run, axis)),
    ),
  );
}
