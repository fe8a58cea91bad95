/** What will not work in an SLO file as it looks. @module */
import { isBad, parseCriterion } from "./criteria.ts";
import { historyQuery, isAnswerable } from "./history.ts";
import { didYouMean } from "./near.ts";
import { readTotalScore } from "./score.ts";
import type { Slo } from "./slo.ts";
import type { Problem } from "./yaml.ts";
import { entryOf, type Position, type YamlMap, type YamlNode } from "./yaml_tree.ts";

const FIELDS = ["spec_version", "filter", "comparison", "objectives", "total_score"];
const OBJECTIVE_FIELDS = ["sli", "displayName", "pass", "warning", "weight", "key_sli"];
const COMPARISON_FIELDS = [
  "compare_with",
  "include_result_with_score",
  "number_of_comparison_results",
  "aggregate_function",
];
const TOTAL_SCORE_FIELDS = ["pass", "warning"];
const FUNCTIONS = ["avg", "p50", "p90", "p95"];
const START: Position = { line: 1, column: 1 };
const CRITERION_HINT = "write an operator and a number, such as <=500, <+15% or >=-8%";

/** Warnings in file order: parts that are ignored or make every evaluation fail. */
export function lintSlo(slo: Slo, file: YamlMap | undefined): Problem[] {
  const warnings: Problem[] = [];
  const warn = (at: Position | undefined, message: string): void => {
    const { line, column } = at ?? START;
    warnings.push({ line, column, message });
  };
  lintTotalScore(slo, file, warn);
  lintComparison(slo, file, warn);
  lintKeys(file, FIELDS, warn);
  for (const objective of itemsOf(child(file, "objectives"))) lintObjective(objective, warn);
  return warnings.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

type Warn = (at: Position | undefined, message: string) => void;

function lintTotalScore(slo: Slo, file: YamlMap | undefined, warn: Warn): void {
  const section = child(file, "total_score");
  const goals = readTotalScore(slo.total_score);
  if ("error" in goals) {
    warn(
      section,
      `every evaluation ends in error: ${goals.error}; write total_score: {pass: "90%"}`,
    );
  } else if (goals.warning !== undefined && goals.warning > goals.pass) {
    warn(section, "the warning goal is above the pass goal, so nothing ends with a warning");
  }
  if (section?.kind === "map") lintKeys(section, TOTAL_SCORE_FIELDS, warn);
  if (slo.objectives.length === 0) {
    warn(child(file, "objectives"), "without objectives every evaluation fails");
  }
}

function lintComparison({ comparison }: Slo, file: YamlMap | undefined, warn: Warn): void {
  const section = child(file, "comparison");
  if (section?.kind !== "map") return;
  lintKeys(section, COMPARISON_FIELDS, warn);
  const { compare_with, aggregate_function } = comparison;
  if (!FUNCTIONS.includes(aggregate_function)) {
    const near = didYouMean(aggregate_function, FUNCTIONS);
    const message = `aggregate_function ${aggregate_function} is unknown and yields 0${near}`;
    warn(child(section, "aggregate_function"), `${message}: use ${FUNCTIONS.join(", ")}`);
  }
  if (!["single_result", "several_results", ""].includes(compare_with)) {
    const message = `compare_with ${compare_with} is unknown: the last 3 evaluations are used`;
    warn(child(section, "compare_with"), `${message}; write single_result or several_results`);
  }
  if (!isAnswerable(historyQuery(comparison))) {
    warn(
      child(section, "number_of_comparison_results"),
      "every evaluation ends in error: number_of_comparison_results must be 1 to 100",
    );
  }
}

function lintObjective(objective: YamlNode, warn: Warn): void {
  if (objective.kind !== "map") return;
  lintKeys(objective, OBJECTIVE_FIELDS, warn);
  if (!entryOf(objective, "sli")) warn(objective, "an objective without sli has no value");
  const effects = {
    pass: "every evaluation fails",
    warning: "the objective never ends with a warning",
  };
  for (const [side, effect] of Object.entries(effects)) {
    for (const group of itemsOf(child(objective, side))) {
      for (const criterion of itemsOf(child(group, "criteria"))) {
        if (criterion.kind !== "scalar") continue;
        const parsed = parseCriterion(criterion.text);
        if (!isBad(parsed)) continue;
        const text = JSON.stringify(criterion.text);
        warn(criterion, `${text} is no criterion, so ${effect}: ${CRITERION_HINT}`);
      }
    }
  }
}

/** Keys that are ignored. */
function lintKeys(map: YamlMap | undefined, known: readonly string[], warn: Warn): void {
  for (const { key } of map?.entries ?? []) {
    if (known.includes(key.text)) continue;
    warn(key, `unknown field ${key.text} is ignored${didYouMean(key.text, known)}`);
  }
}

function child(node: YamlNode | undefined, name: string): YamlNode | undefined {
  return node?.kind === "map" ? entryOf(node, name) : undefined;
}

function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === "list" ? node.items : [];
}
