/** Reading `slo.yaml`. @module */
import type { Comparison, CriteriaGroup, Objective, Slo, TotalScore } from "./slo.ts";
import { lintSlo } from "./slo_lint.ts";
import { type Field, type TreeReader, treeReader } from "./tree_reader.ts";
import { type Problem, readYamlTree } from "./yaml.ts";
import { isNull, type YamlMap } from "./yaml_tree.ts";

export type SloRead =
  | { readonly ok: true; readonly slo: Slo; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const COMPARISON_DEFAULTS: Comparison = {
  compare_with: "single_result",
  include_result_with_score: "all",
  number_of_comparison_results: 1,
  aggregate_function: "avg",
};
/** History depth when a comparison section leaves it out (Keptn: lighthouse.md 1.3). */
const DEFAULT_DEPTH = 3;

/**
 * Reads an SLO file as Keptn's Go reader took it (Keptn: lighthouse.md 1.3, 1.4).
 *
 * Unknown keys are ignored; criteria and total score are not checked here, but what cannot be scored
 * is among the warnings.
 */
export function parseSlo(text: string): SloRead {
  const tree = readYamlTree(text);
  if (tree.problems.length > 0) {
    return { ok: false, problems: tree.problems.map((problem) => withHint(problem, text)) };
  }
  const reader = treeReader();
  const root: Field = { node: tree.root, path: "" };
  if (tree.root && isNull(tree.root))
    reader.refuse(root, "expected a mapping with objectives, not nothing");
  const file = reader.map(root, "a mapping with objectives and total_score");
  const slo = readSlo(reader, file);
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, slo, warnings: lintSlo(slo, file) };
}

function readSlo(reader: TreeReader, file: YamlMap | undefined): Slo {
  const field = (name: string): Field => reader.field(file, "", name);
  const hint = "a list of objectives, such as `- sli: error_rate`";
  return {
    spec_version: reader.text(field("spec_version")) ?? "",
    filter: readFilter(reader, field("filter")),
    comparison: readComparison(reader, field("comparison")),
    objectives: (reader.list(field("objectives"), hint) ?? [])
      .filter(({ node }) => !isNull(node))
      .map((objective) => readObjective(reader, objective)),
    total_score: readTotalScore(reader, field("total_score")),
  };
}

function readFilter(reader: TreeReader, filter: Field): Slo["filter"] {
  const map = reader.map(filter, "a mapping such as `handler: checkout`");
  if (!map) return null;
  const pairs = map.entries.map(({ key, value }): [string, string] => {
    const text = reader.text({ node: value, path: `${filter.path}.${key.text}` });
    return [key.text, text ?? ""];
  });
  // Entries of merge keys come last and never override the map's own.
  return Object.fromEntries(pairs.toReversed());
}

function readComparison(reader: TreeReader, section: Field): Comparison {
  const map = reader.map(section, "a mapping with compare_with");
  if (!map) return COMPARISON_DEFAULTS;
  const text = (name: string): string => reader.text(reader.field(map, section.path, name)) ?? "";
  const depth = reader.integer(reader.field(map, section.path, "number_of_comparison_results"));
  return {
    compare_with: text("compare_with"),
    include_result_with_score:
      text("include_result_with_score") || COMPARISON_DEFAULTS.include_result_with_score,
    number_of_comparison_results: depth || DEFAULT_DEPTH,
    aggregate_function: text("aggregate_function") || COMPARISON_DEFAULTS.aggregate_function,
  };
}

function readObjective(reader: TreeReader, objective: Field): Objective {
  const map = reader.map(objective, "an objective, such as `sli: error_rate` with pass criteria");
  const field = (name: string): Field => reader.field(map, objective.path, name);
  return {
    sli: reader.text(field("sli")) ?? "",
    displayName: reader.text(field("displayName")) ?? "",
    pass: readGroups(reader, field("pass")),
    warning: readGroups(reader, field("warning")),
    weight: reader.integer(field("weight")) || 1,
    key_sli: reader.boolean(field("key_sli")) ?? false,
  };
}

function readGroups(reader: TreeReader, groups: Field): readonly CriteriaGroup[] | null {
  const hint = "a list of groups, each `- criteria:` with a list of criteria";
  const items = reader.list(groups, hint);
  return items && items.map((group) => readGroup(reader, group));
}

function readGroup(reader: TreeReader, group: Field): CriteriaGroup {
  if (isNull(group.node)) reader.refuse(group, "expected a group with criteria, not nothing");
  const map = reader.map(group, "a group with criteria");
  const criteria = reader.field(map, group.path, "criteria");
  const items = reader.list(criteria, 'a list of criteria, such as `- "<=500"`');
  return {
    criteria: items && items.map((item) => reader.text(item)).filter((text) => text !== undefined),
  };
}

function readTotalScore(reader: TreeReader, section: Field): TotalScore | null {
  const map = reader.map(section, "a mapping with pass and warning");
  if (!map) return null;
  const text = (name: string): string => reader.text(reader.field(map, section.path, name)) ?? "";
  return { pass: text("pass"), warning: text("warning") };
}

/** A criterion that begins with `>` and stands without quotes is a block of text to YAML. */
function withHint(problem: Problem, text: string): Problem {
  const line = text.split("\n")[problem.line - 1] ?? "";
  const criterion = /-\s+(>\S.*?)\s*$/.exec(line)?.[1];
  if (!criterion) return problem;
  return { ...problem, message: `put a criterion that begins with > in quotes: - "${criterion}"` };
}
