/** An evaluation as a JUnit report. @module */
import type { EvaluationFinished, IndicatorResult } from "../../spec/evaluation.ts";
import { type SliRow, sliRows, type TableDetails } from "../../spec/sli_table.ts";

/** One test case for each objective, and one for the total score. */
export function junitReport(
  finished: EvaluationFinished,
  suite: string,
  details: TableDetails,
): string {
  const { evaluation, result, status, message } = finished;
  const rows = sliRows(evaluation, details);
  const results = evaluation.indicatorResults ?? [];
  const cases = rows.map((row, index) => objectiveCase(suite, row, results[index]!));
  const total = `score ${evaluation.score}: ${result}${message ? `: ${message}` : ""}`;
  const verdict = result === "fail" ? "failure" : undefined;
  const totalCase = testCase(suite, "total score", status === "errored" ? "error" : verdict, total);
  const all = [...cases, totalCase];
  const count = (tag: string): number => all.filter((text) => text.includes(`<${tag} `)).length;
  const counts = `tests="${all.length}" failures="${count("failure")}" errors="${count("error")}" skipped="${all.filter((text) => text.includes("<skipped")).length}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="quality gate" ${counts}>`,
    `  <testsuite name="${escape(suite)}" ${counts}>`,
    ...all,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function objectiveCase(suite: string, row: SliRow, { status }: IndicatorResult): string {
  const said = `${row.why} (value ${row.value}, criteria ${row.criteria}, score ${row.score})`;
  if (status === "fail") return testCase(suite, row.sli, "failure", said);
  if (status === "info") return testCase(suite, row.sli, "skipped", said);
  return testCase(suite, row.sli, undefined, `${status}: ${said}`);
}

function testCase(
  suite: string,
  name: string,
  outcome: "failure" | "error" | "skipped" | undefined,
  said: string,
): string {
  const text = escape(said);
  const inner = outcome ? `<${outcome} message="${text}"/>` : `<system-out>${text}</system-out>`;
  return [
    `    <testcase classname="${escape(suite)}" name="${escape(name)}">`,
    `      ${inner}`,
    "    </testcase>",
  ].join("\n");
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
};

/** Control characters that XML 1.0 does not know are dropped. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replace(/[&<>"\n]/g, (character) => ENTITIES[character]!);
}
