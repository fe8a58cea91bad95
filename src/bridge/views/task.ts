/** One task as a row of the waterfall, with everything known about it inside. @module */
import { h, svg } from "../element.ts";
import { clock, sourceName, span } from "../format.ts";
import type { Reason } from "../models.ts";
import { badge, icon, toneOf } from "../status.ts";
import { isOver, type Run, type Task, taskEnd, taskStart, taskState } from "../trace.ts";
import { approvalBox } from "./approval.ts";
import { evaluationPart } from "./evaluation.ts";
import { logLines, payloads } from "./payload.ts";

/** The common time axis of one stage's tasks. */
export interface Axis {
  readonly from: number;
  readonly to: number;
}

export function taskRow(task: Task, run: Run, axis: Axis, child = false): HTMLElement[] {
  const state = taskState(task, run);
  const open = !isOver(task) && run.finishedAt === undefined;
  const row = h(
    "li",
    { class: child ? "task child" : "task", "data-key": task.id },
    h(
      "details",
      { open: state === "fail" || Boolean(task.evaluation) },
      summary(task, state, axis, open),
      inside(task),
    ),
    open && task.reason && reasonNotice(task.reason),
    state === "approval" && task.parts.length > 0 && approvalBox(task.events[0]!),
  );
  return [row, ...task.children.flatMap((one) => taskRow(one, run, axis, true))];
}

/** The sentence and its rule, as the API gave them. */
export function reasonNotice(reason: Reason, tone = "info"): HTMLElement {
  return h(
    "div",
    { class: `notice why ${tone}`, "data-key": `reason-${reason.rule}` },
    icon(tone === "info" ? "waiting" : tone),
    h("p", {}, reason.message, " ", h("span", { class: "rule" }, reason.rule)),
  );
}

function summary(task: Task, state: string, axis: Axis, open: boolean): HTMLElement {
  const tone = toneOf(state);
  const end = taskEnd(task) ?? (open ? Date.now() : axis.to);
  return h(
    "summary",
    {},
    h("span", { class: "kind" }, icon(task.name)),
    h(
      "span",
      { class: "who" },
      h("b", {}, task.name),
      h("span", {}, executors(task) || `since ${clock(task.triggeredAt)}`),
    ),
    h("span", { class: `bar-cell ${tone}` }, bars(task, axis, end)),
    h("span", { class: "took" }, span(end - task.triggeredAt)),
    h("span", { class: "state" }, badge(state)),
    h("span", { class: "chevron" }, icon("arrow")),
  );
}

/** Dashed: waiting for an executor; filled: an executor works. */
function bars(task: Task, axis: Axis, end: number): SVGElement {
  const width = Math.max(1, axis.to - axis.from);
  const place = (time: number): number =>
    Math.min(100, Math.max(0, ((time - axis.from) / width) * 100));
  const start = taskStart(task);
  const [from, to] = [place(task.triggeredAt), place(end)];
  const middle = start === undefined ? to : place(start);
  const bar = (look: string, x: number, until: number): SVGElement =>
    svg("rect", {
      class: look,
      x: `${x}%`,
      y: look === "wait" ? 4 : 1,
      width: `${Math.max(0.6, until - x)}%`,
      height: look === "wait" ? 4 : 10,
      rx: look === "wait" ? 2 : 3,
    });
  return svg(
    "svg",
    { class: "bars", role: "img", "aria-label": barLabel(task, start, end) },
    svg("rect", { class: "track", x: 0, y: 5.5, width: "100%", height: 1 }),
    middle - from > 0.5 && bar("wait", from, middle),
    start !== undefined && bar("work", middle, to),
  );
}

function barLabel(task: Task, start: number | undefined, end: number): string {
  if (start === undefined) return `waited ${span(end - task.triggeredAt)}`;
  return `waited ${span(start - task.triggeredAt)}, worked ${span(end - start)}`;
}

function inside(task: Task): HTMLElement {
  return h(
    "div",
    { class: "inside" },
    isOver(task) && task.reason && reasonNotice(task.reason),
    task.evaluation && evaluationPart(task.evaluation),
    logLines(task.lines),
    payloads(task.events),
  );
}

function executors(task: Task): string {
  return [...new Set(task.parts.map((part) => sourceName(part.source)))].join(", ");
}
