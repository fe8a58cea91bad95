/** Why an objective ended as it did, in one sentence. @module */
import type { IndicatorResult, Target } from "./evaluation.ts";

/** A measured value for people: at most six significant digits. */
export function valueText(value: number, unit = ""): string {
  const rounded = Number.isFinite(value) ? Number(value.toPrecision(6)) : value;
  return unit ? `${rounded} ${unit}` : String(rounded);
}

/** The sentence, made of what the result itself holds. */
export function explainResult(result: IndicatorResult): string {
  const { value, status, passTargets } = result;
  if (status === "info") return value?.success ? "informational" : "informational, no value";
  if (!value?.success) return value?.message || "no value";
  const measured = valueText(value.value, value.unit);
  if (status === "pass") return explainPass(measured, result);
  const violated = list(
    (passTargets ?? []).filter((target) => target.violated),
    value.comparedValue,
  );
  const missed = `${measured} violates ${violated}`;
  if (status !== "warning") return missed;
  const kept = (result.warningTargets ?? []).filter((target) => !target.violated);
  return `${missed}, but holds ${list(kept, value.comparedValue)}`;
}

function explainPass(measured: string, { value, passTargets }: IndicatorResult): string {
  const kept = (passTargets ?? []).filter((target) => !target.violated);
  if (kept.length === 0) return "no criteria";
  if (kept.every(hasNoHistory)) return `${measured} holds: no earlier evaluation to compare with`;
  return `${measured} holds ${list(kept, value?.comparedValue)}`;
}

/** `<600, <=+10% (550, from 500)` */
function list(targets: readonly Target[], compared: number | undefined): string {
  if (targets.length === 0) return "its warning criteria";
  return targets.map((target) => targetText(target, compared)).join(", ");
}

function targetText(target: Target, compared: number | undefined): string {
  const text = target.criteria.replaceAll(" ", "");
  if (!isRelative(text)) return text;
  if (hasNoHistory(target)) return `${text} (no history)`;
  return `${text} (${valueText(target.targetValue)}, from ${valueText(compared ?? 0)})`;
}

function isRelative(criteria: string): boolean {
  return /%$|^\s*[<=>]+\s*[+-]/.test(criteria);
}

/** Relative criteria hold with a target of 0 when there is nothing to compare with. */
function hasNoHistory({ criteria, targetValue, violated }: Target): boolean {
  return isRelative(criteria) && targetValue === 0 && !violated;
}
