/** Columns of the stage graph: a stage stands right of all its parents. @module */
import type { Stage } from "./models.ts";

/** Stages by depth; those with the same depth share a column, in shipyard order. */
export function columnsOf(stages: readonly Stage[]): readonly (readonly Stage[])[] {
  const byName = new Map(stages.map((stage) => [stage.stageName, stage]));
  const depths = new Map<string, number>();
  const depth = (name: string, seen: ReadonlySet<string>): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const parents = (byName.get(name)?.parentStages ?? []).filter(
      (parent) => byName.has(parent) && !seen.has(parent),
    );
    const inside = new Set([...seen, name]);
    const own = Math.max(-1, ...parents.map((parent) => depth(parent, inside))) + 1;
    if (seen.size === 0) depths.set(name, own);
    return own;
  };
  const columns: Stage[][] = [];
  for (const stage of stages) {
    const column = depth(stage.stageName, new Set());
    (columns[column] ??= []).push(stage);
  }
  return columns.filter((column) => column !== undefined);
}
