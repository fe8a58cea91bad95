/** An evaluation as Markdown, for comments on a change. @module */
import type { EvaluationFinished } from "../../spec/evaluation.ts";
import { scoreText, type SliRow, sliRows, type TableDetails } from "../../spec/sli_table.ts";

const COLUMNS: readonly (readonly [title: string, field: keyof SliRow])[] = [
  ["SLI", "sli"],
  ["Value", "value"],
  ["Criteria", "criteria"],
  ["Score", "score"],
  ["Result", "result"],
  ["Why", "why"],
];

/** A heading with the result, the message, and a table with one row for each objective. */
export function markdownReport(
  finished: EvaluationFinished,
  name: string,
  details: TableDetails,
): string {
  const { evaluation, result, message } = finished;
  const rows = sliRows(evaluation, details);
  const table = [
    `| ${COLUMNS.map(([title]) => title).join(" | ")} |`,
    `|${COLUMNS.map(() => "---").join("|")}|`,
    ...rows.map((row) => `| ${COLUMNS.map(([, field]) => cell(row[field])).join(" | ")} |`),
  ];
  return [
    `### Quality gate ${cell(name)}: ${result}, score ${scoreText(evaluation.score)} of 100`,
    ...(message ? ["", cell(message)] : []),
    ...(rows.length > 0 ? ["", ...table] : []),
    "",
  ].join("\n");
}

function cell(text: string): string {
  return text.replace(/[\\|<>*_`[\]]/g, (character) => `\\${character}`).replaceAll("\n", " ");
}
