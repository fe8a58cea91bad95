/** Why an objective got its score, in one sentence. @module */
import { measured } from "./format.ts";
import type { IndicatorResult, Target } from "./models.ts";

/** The sentence for one row of the SLI table. */
export function because(result: IndicatorResult): string {
  const { value } = result;
  if (!value || !value.success) return value?.message || "no value was delivered";
  if (result.status === "info") return "informational: it has no pass criteria";
  if (result.status === "pass") return met(result.passTargets);
  const missed = listed((result.passTargets ?? []).filter((target) => target.violated));
  if (result.status === "warning") return `${missed} is missed, the warning criteria are met`;
  return (result.warningTargets ?? []).length > 0
    ? `${missed} is missed, and so are the warning criteria`
    : `${missed} is missed`;
}

function met(targets: readonly Target[] | null): string {
  const held = (targets ?? []).filter((target) => !target.violated);
  return held.length > 0 ? `${listed(held)} is met` : "nothing was to be met";
}

function listed(targets: readonly Target[]): string {
  return targets.map(shown).join(", ");
}

/** A criterion as written, with its absolute target when it is relative. */
export function shown({ criteria, targetValue }: Target): string {
  return /[%+]|-\d/.test(criteria) ? `${criteria} (${measured(targetValue)})` : criteria;
}
