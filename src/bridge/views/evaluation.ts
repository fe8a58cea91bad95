/** The quality gate: score, and per indicator its value, criteria, score and why. @module */
import { type Child, h } from "../element.ts";
import { clock, measured, score } from "../format.ts";
import type { Evaluation, IndicatorResult, Target } from "../models.ts";
import { badge, toneOf } from "../status.ts";

const ORDER = ["fail", "warning", "pass", "info"];

interface Row {
  readonly result: IndicatorResult;
  readonly why: string;
}

/** `why` has one sentence per indicator, in their order. */
export function evaluationPart(evaluation: Evaluation, why: readonly string[]): HTMLElement {
  const rows = (evaluation.indicatorResults ?? [])
    .map((result, index) => ({ result, why: why[index] ?? "" }))
    .sort((a, b) => ORDER.indexOf(a.result.status) - ORDER.indexOf(b.result.status));
  return h(
    "section",
    { class: `gate ${toneOf(evaluation.result)}`, "aria-label": "Quality gate" },
    h(
      "div",
      { class: "verdict" },
      h("span", { class: "points" }, score(evaluation.score), " ", h("small", {}, "of 100")),
      badge(evaluation.result),
      h("span", { class: "quiet small" }, windowOf(evaluation)),
    ),
    rows.length > 0
      ? h(
          "div",
          { class: "scroll", tabindex: "0", role: "region", "aria-label": "Indicators" },
          table(rows),
        )
      : h("p", { class: "quiet" }, "Nothing was evaluated."),
  );
}

function table(rows: readonly Row[]): HTMLElement {
  return h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Indicator"),
        h("th", { scope: "col", class: "number" }, "Value"),
        h("th", { scope: "col" }, "Pass"),
        h("th", { scope: "col" }, "Warning"),
        h("th", { scope: "col" }, "Result"),
        h("th", { scope: "col", class: "number" }, "Score"),
        h("th", { scope: "col" }, "Why"),
      ),
    ),
    h("tbody", {}, rows.map(row)),
  );
}

function row({ result, why }: Row, index: number): HTMLElement {
  const metric = result.value?.metric ?? "";
  const name = result.displayName || metric || "(no name)";
  return h(
    "tr",
    { "data-key": `${index}-${metric}` },
    h(
      "th",
      { scope: "row", title: result.value?.query ?? metric },
      name,
      result.keySli && h("span", { class: "key", title: "its failure fails the gate" }, "key"),
    ),
    cell("Value", h("span", {}, value(result)), "number"),
    cell("Pass", criteria(result.passTargets)),
    cell("Warning", criteria(result.warningTargets)),
    cell("Result", badge(result.status, result.status === "info" ? "info" : undefined)),
    cell("Score", h("span", {}, score(result.score)), "number"),
    cell("Why", h("span", {}, why), "because"),
  );
}

function cell(label: string, content: Child, look = ""): HTMLElement {
  return h("td", { "data-label": label, ...(look ? { class: look } : {}) }, content);
}

function value({ value: found }: IndicatorResult): string {
  if (!found || !found.success) return "–";
  return found.unit ? `${measured(found.value)} ${found.unit}` : measured(found.value);
}

function criteria(targets: readonly Target[] | null): HTMLElement {
  if (!targets || targets.length === 0) return h("span", { class: "quiet" }, "–");
  return h(
    "ul",
    { class: "criteria" },
    targets.map((target) =>
      h(
        "li",
        { class: target.violated ? "violated" : "held" },
        target.violated ? "✗ " : "✓ ",
        h("span", { class: "hidden" }, target.violated ? "missed: " : "met: "),
        shown(target),
      ),
    ),
  );
}

function windowOf({ timeStart, timeEnd, comparedEvents }: Evaluation): string {
  const window =
    timeStart && timeEnd
      ? `measured ${clock(Date.parse(timeStart))} to ${clock(Date.parse(timeEnd))}`
      : "";
  const compared = comparedEvents?.length
    ? `, compared with ${comparedEvents.length} earlier evaluation${comparedEvents.length === 1 ? "" : "s"}`
    : "";
  return window + compared;
}

/** A criterion as written, with its absolute target when it is relative. */
function shown({ criteria, targetValue }: Target): string {
  return /[%+]|-\d/.test(criteria) ? `${criteria} (${measured(targetValue)})` : criteria;
}
