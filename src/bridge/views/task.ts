/** One task as a row of the waterfall, with everything known about it inside. @module */
import { h, svg } from "../element.ts";
import { clock, sourceName, span } from "../format.ts";
import type { Reason } from "../models.ts";
import { badge, icon, toneOf } from "../status.ts";
import { isOver, type Run, type Task, taskEnd, taskStart } from "../trace.ts";
import { approvalBox } from "./approval.ts";
import { evaluationPart } from "./evaluation.ts";
import { logLines, payloads } from "./payload.ts";

/** The common time axis of one stage's tasks. */
export interface Axis {
  readonly from: number;
  readonly to: number;
}

export function taskRow(task: Task, run: Run, axis: Axis, child = false): HTMLElement[] {
  const open = !isOver(task) && run.finishedAt === undefined;
  const asks = task.state === "approval" && task.parts.length > 0;
  const news = task.state === "fail" || Boolean(task.evaluation);
  const row = h(
    "li",
    { class: child ? "task child" : "task", "data-key": task.key },
    task.triggeredAt === undefined
      ? h("div", { class: "summary" }, cells(task, axis, open))
      : h(
          "details",
          { open: news, "data-open": String(news) },
          h("summary", { class: "summary" }, cells(task, axis, open)),
          inside(task),
        ),
    task.reason && reasonNotice(task.reason, task.state === "skipped" ? "none" : "info"),
    asks && approvalBox(task.events[0]!),
  );
  return [row, ...task.children.flatMap((one) => taskRow(one, run, axis, true))];
}

/** The sentence and its rule, as the API gave them. */
export function reasonNotice(reason: Reason, tone = "info"): HTMLElement {
  return h(
    "div",
    { class: `notice why ${tone}`, "data-key": `reason-${reason.rule}-${reason.message}` },
    icon(tone === "info" ? "waiting" : tone),
    h("p", {}, reason.message, " ", h("span", { class: "rule" }, reason.rule)),
  );
}

function cells(task: Task, axis: Axis, open: boolean): HTMLElement[] {
  const { triggeredAt } = task;
  const end = taskEnd(task) ?? (open ? Date.now() : axis.to);
  const known = triggeredAt !== undefined;
  return [
    h("span", { class: "kind" }, icon(task.name)),
    h(
      "span",
      { class: "who" },
      h("b", {}, task.name),
      h("span", {}, executors(task) || (known ? `since ${clock(triggeredAt)}` : "")),
    ),
    h("span", { class: `bar-cell ${toneOf(task.state)}` }, known ? bars(task, axis, end) : null),
    h("span", { class: "took" }, known ? span(end - triggeredAt) : ""),
    h("span", { class: "state" }, badge(task.state)),
    h("span", { class: "chevron" }, known ? icon("arrow") : null),
  ];
}

/** Dashed: waiting for an executor; filled: an executor works. */
function bars(task: Task, axis: Axis, end: number): SVGElement {
  const width = Math.max(1, axis.to - axis.from);
  const place = (time: number): number =>
    Math.min(100, Math.max(0, ((time - axis.from) / width) * 100));
  const start = taskStart(task);
  const [from, to] = [place(task.triggeredAt ?? axis.from), place(end)];
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

function barLabel({ triggeredAt = 0 }: Task, start: number | undefined, end: number): string {
  if (start === undefined) return `waited ${span(end - triggeredAt)}`;
  return `waited ${span(start - triggeredAt)}, worked ${span(end - start)}`;
}

function inside(task: Task): HTMLElement {
  return h(
    "div",
    { class: "inside" },
    task.evaluation && evaluationPart(task.evaluation, task.why ?? []),
    logLines(task.lines),
    payloads(task.events),
  );
}

function executors(task: Task): string {
  return [...new Set(task.parts.map((part) => sourceName(part.source)))].join(", ");
}
