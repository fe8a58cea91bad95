/** What a task said and what travelled: its log lines and the events themselves. @module */
import { h } from "../element.ts";
import { clock, sourceName } from "../format.ts";
import type { KeptnEvent } from "../models.ts";
import { timeOf } from "../event.ts";
import type { Line } from "../trace.ts";

export function logLines(lines: readonly Line[]): HTMLElement | null {
  if (lines.length === 0) return null;
  return h(
    "section",
    { "aria-label": "Log" },
    h(
      "ol",
      { class: "log" },
      lines.map(({ time, source, text }) =>
        h(
          "li",
          {},
          h("time", {}, clock(time)),
          h("span", { class: "from" }, sourceName(source)),
          h("span", { class: "what" }, text),
        ),
      ),
    ),
  );
}

export function payloads(events: readonly KeptnEvent[]): HTMLElement {
  return h(
    "section",
    { class: "payloads", "aria-label": "Events" },
    events.map((event) =>
      h(
        "details",
        { "data-key": event.id },
        h(
          "summary",
          {},
          `${event.type.replace(/^sh\.keptn\.event\./, "")} `,
          h("span", { class: "quiet" }, `${clock(timeOf(event))} ${sourceName(event.source)}`),
        ),
        h("pre", { tabindex: "0" }, JSON.stringify(event, null, 2)),
      ),
    ),
  );
}
