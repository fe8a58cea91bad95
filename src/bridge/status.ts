/** The state vocabulary of the page: one tone, one icon and one word per state (Keptn: ux.md 2.4). @module */
import { h, svg } from "./element.ts";

export type Tone =
  "pass" | "warning" | "fail" | "info" | "approval" | "aborted" | "running" | "waiting" | "none";

const TONES: { readonly [state: string]: Tone } = {
  pass: "pass",
  succeeded: "pass",
  finished: "pass",
  warning: "warning",
  fail: "fail",
  failed: "fail",
  errored: "fail",
  timedOut: "fail",
  info: "info",
  approval: "approval",
  waitingForApproval: "approval",
  aborted: "aborted",
  started: "running",
  running: "running",
  triggered: "waiting",
  waiting: "waiting",
  paused: "warning",
  open: "running",
  over: "none",
  pending: "none",
  skipped: "none",
};

const WORDS: { readonly [state: string]: string } = {
  timedOut: "timed out",
  started: "running",
  waitingForApproval: "waiting for approval",
  fail: "failed",
  pass: "passed",
  pending: "next",
  approval: "waiting",
  open: "running",
};

/** Paths in a 16 × 16 box, drawn with a stroke. */
const ICONS: { readonly [name: string]: string } = {
  pass: "M3.5 8.5 6.5 11.5 12.5 4.5",
  warning: "M8 3.5v5.5M8 12.2v.3",
  fail: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  info: "M8 7.5v5M8 4v.3",
  approval:
    "M5 9V4.6a1.2 1.2 0 0 1 2.4 0V8M7.4 7V3.4a1.2 1.2 0 0 1 2.4 0V8M9.8 7V4.6a1.2 1.2 0 0 1 2.4 0v4.9a4 4 0 0 1-4 4c-2 0-3-1-3.7-2.3L3.2 9.1a1.2 1.2 0 0 1 1.8-1.3",
  aborted: "M4 4h8v8H4z",
  running: "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
  waiting: "M8 4v4l2.6 1.8M8 2.2a5.8 5.8 0 1 1-.01 0",
  paused: "M5.5 3.5v9M10.5 3.5v9",
  none: "M4 8h8",
  deployment: "M8 2.5l5 2.7v5.6l-5 2.7-5-2.7V5.2zM3.2 5.3 8 8l4.8-2.7M8 8v5.3",
  test: "M6 2.5h4M7 2.5v4L3.6 12a1 1 0 0 0 .9 1.5h7a1 1 0 0 0 .9-1.5L9 6.5v-4M5.2 10h5.6",
  evaluation: "M2.5 12.5a5.5 5.5 0 1 1 11 0M8 12.5l2.8-4.3",
  release: "M8 13V3.5M4 7.2l4-4 4 4",
  rollback: "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M3 6.5 6 3.5M3 6.5l3 3",
  "get-sli": "M3 13V9M6.3 13V6M9.7 13V8M13 13V3",
  "get-action": "M8 2.5a4 4 0 0 1 2 7.5v1.5H6V10a4 4 0 0 1 2-7.5zM6.5 13.5h3",
  action: "M9 2 4 9h4l-1 5 5-7H8z",
  remediation: "M8 3v10M3 8h10",
  task: "M3 8a5 5 0 1 1 10 0 5 5 0 1 1-10 0",
  arrow: "M3 8h10M9 4l4 4-4 4",
  moon: "M12.5 9.5A5 5 0 0 1 6.5 3.5a5 5 0 1 0 6 6z",
  sun: "M8 5a3 3 0 1 1 0 6 3 3 0 1 1 0-6M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9",
  auto: "M8 2.5a5.5 5.5 0 1 1 0 11zM8 2.5a5.5 5.5 0 1 0 0 11",
};

export function toneOf(state: string | undefined): Tone {
  return (state && TONES[state]) || "none";
}

export function wordOf(state: string): string {
  return WORDS[state] ?? state;
}

/** A drawn icon that says nothing to a screen reader: the word stands beside it. */
export function icon(name: string): SVGElement {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] ?? ICONS.task }),
  );
}

/** The badge: icon and word in one rounded box, the same everywhere. */
export function badge(state: string, text = wordOf(state)): HTMLElement {
  const tone = toneOf(state);
  const picture = state === "paused" ? "paused" : tone;
  return h("span", { class: `badge ${tone}` }, icon(picture), h("span", {}, text));
}
