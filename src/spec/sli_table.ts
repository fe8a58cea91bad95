/** The table of an evaluation: one line for each objective. @module */
import type { Evaluation, IndicatorResult, Target } from "./evaluation.ts";
import { formatNumber } from "./number_text.ts";
import { explainResult, valueText } from "./sli_why.ts";

/** What the results themselves do not hold, by position. */
export interface TableDetails {
  readonly objectives?: readonly { readonly sli: string; readonly weight: number }[];
}

/** One line of the table, as texts. */
export interface SliRow {
  readonly sli: string;
  readonly value: string;
  readonly criteria: string;
  readonly score: string;
  readonly result: string;
  readonly why: string;
}

const HEADER: SliRow = {
  sli: "SLI",
  value: "VALUE",
  criteria: "CRITERIA",
  score: "SCORE",
  result: "RESULT",
  why: "WHY",
};
const COLUMNS = ["sli", "value", "criteria", "score", "result"] as const;

/** Header, one line for each objective, and the total; plain text without trailing blanks. */
export function sliTable(evaluation: Evaluation, details: TableDetails = {}): string[] {
  const rows = sliRows(evaluation, details);
  const score = `score ${scoreText(evaluation.score)} of 100: ${evaluation.result}`;
  // Without results the block may say `pass` although the evaluation ended in error.
  const total = [evaluation.indicatorResults ? score : "nothing was scored"];
  if (evaluation.reason) total.push(`warning: ${evaluation.reason.message}`);
  if (rows.length === 0) return total;
  const all = [HEADER, ...rows];
  const widths = COLUMNS.map((column) => Math.max(...all.map((row) => row[column].length)));
  const lines = all.map((row) => {
    const cells = COLUMNS.map((column, index) => row[column].padEnd(widths[index]!));
    return `${cells.join("  ")}  ${row.why}`.trimEnd();
  });
  return [...lines, ...total];
}

/** The lines of the table as texts, for other renderings. */
export function sliRows(evaluation: Evaluation, details: TableDetails = {}): SliRow[] {
  return (evaluation.indicatorResults ?? []).map((result, index) => {
    const objective = details.objectives?.[index];
    const name = result.displayName || result.value?.metric || objective?.sli || "?";
    const { value, keySli } = result;
    return {
      sli: keySli ? `${name} (key)` : name,
      value: value?.success ? valueText(value.value, value.unit) : "-",
      criteria: criteriaText(result),
      score: pointsText(result, objective?.weight),
      result: result.status,
      why: explainResult(result),
    };
  });
}

/** A score for people: two decimals at most, never rounded up to a goal it missed. */
export function scoreText(score: number): string {
  if (!Number.isFinite(score)) return formatNumber(score);
  const rounded = Number(score.toFixed(2));
  return String(rounded > score ? Math.floor(score * 100) / 100 : rounded);
}

/** Points of one objective, with its weight where that is known; `-` when it is not scored. */
function pointsText({ status, score }: IndicatorResult, weight: number | undefined): string {
  if (status === "info") return "-";
  return weight === undefined ? String(score) : `${score}/${weight}`;
}

function criteriaText({ passTargets, warningTargets }: IndicatorResult): string {
  const pass = texts(passTargets);
  const warning = texts(warningTargets);
  if (!warning) return pass || "-";
  return pass ? `${pass}; warning ${warning}` : `warning ${warning}`;
}

function texts(targets: readonly Target[] | null): string {
  return (targets ?? []).map(({ criteria }) => criteria.trim()).join(", ");
}
