/** Judging one objective of an SLO by its value and its history. @module */
import { compare, isBad, parseCriterion, targetOf } from "./criteria.ts";
import type { IndicatorResult, SliValue, Target } from "./evaluation.ts";
import type { Aggregate } from "./history.ts";
import type { CriteriaGroup, Objective } from "./slo.ts";

/** A key objective that failed, as the message of the evaluation names it. */
export interface KeyFailure {
  readonly name: string;
  readonly message: string;
}

export interface JudgedObjective {
  readonly result: IndicatorResult;
  readonly keyFailure?: KeyFailure;
}

/** A criterion that cannot be read stops the whole evaluation. */
export interface BadObjective {
  readonly error: string;
}

/** One criterion held against a value. */
export interface JudgedCriterion {
  readonly satisfied: boolean;
  readonly targetValue: number;
}

/** Judges one criterion; relative ones hold when there is no history (Keptn: lighthouse.md 3). */
export function judgeCriterion(
  text: string,
  measured: number,
  history: Aggregate,
): JudgedCriterion | BadObjective {
  const criterion = parseCriterion(text);
  if (isBad(criterion)) return criterion;
  if (criterion.relative && history.skip) return { satisfied: true, targetValue: 0 };
  const targetValue = targetOf(criterion, history.value);
  return { satisfied: compare(measured, criterion.operator, targetValue) === true, targetValue };
}

/** Judges one objective (Keptn: lighthouse.md 4); `value` is absent when the provider sent none. */
export function judgeObjective(
  objective: Objective,
  value: SliValue | undefined,
  history: Aggregate,
): JudgedObjective | BadObjective {
  if (!isScored(objective)) return { result: informational(objective, value, history) };
  if (!value?.success) return unmeasured(objective, value, history);
  const pass = judgeGroups(objective.pass ?? [], value.value, history);
  if ("error" in pass) {
    return { error: `error with ${objective.displayName || objective.sli}: ${pass.error}` };
  }
  const warning = judgeGroups(objective.warning ?? [], value.value, history);
  const warns = !("error" in warning) && warning.holds;
  const status = pass.holds ? "pass" : warns ? "warning" : "fail";
  const factor = { pass: 1, warning: 0.5, fail: 0 }[status];
  const compared = pass.targets !== null || "error" in warning || warning.targets !== null;
  const result: IndicatorResult = {
    score: factor === 0 ? 0 : factor * objective.weight,
    value: compared ? { ...value, comparedValue: history.value } : value,
    displayName: objective.displayName,
    passTargets: pass.targets,
    warningTargets: "error" in warning ? [] : warning.targets,
    keySli: objective.key_sli,
    status,
  };
  if (status !== "fail" || !objective.key_sli) return { result };
  const message = "failed evaluation with score 0.000000";
  return { result, keyFailure: { name: objective.displayName, message } };
}

/** Objectives without pass criteria never count. */
export function isScored(objective: Objective): boolean {
  return (objective.pass?.length ?? 0) > 0;
}

function informational(
  objective: Objective,
  value: SliValue | undefined,
  history: Aggregate,
): IndicatorResult {
  return {
    score: 0,
    value: value ?? null,
    displayName: objective.displayName,
    passTargets: [],
    warningTargets: placeholders(objective.warning, history),
    keySli: false,
    status: "info",
  };
}

function unmeasured(
  objective: Objective,
  delivered: SliValue | undefined,
  history: Aggregate,
): JudgedObjective {
  const value = delivered ?? {
    metric: objective.sli,
    value: 0,
    comparedValue: 0,
    success: false,
    message: "no value received from SLI provider",
  };
  const result: IndicatorResult = {
    score: 0,
    value,
    displayName: objective.displayName,
    passTargets: placeholders(objective.pass, history),
    warningTargets: placeholders(objective.warning, history),
    keySli: false,
    status: "fail",
  };
  if (!objective.key_sli) return { result };
  return { result, keyFailure: { name: objective.displayName, message: value.message ?? "" } };
}

interface JudgedGroups {
  readonly holds: boolean;
  /** Null when no group has a criterion. */
  readonly targets: readonly Target[] | null;
}

/** Every criterion of every group is judged, so that all violations are seen. */
function judgeGroups(
  groups: readonly CriteriaGroup[],
  measured: number,
  history: Aggregate,
): JudgedGroups | BadObjective {
  const targets: Target[] = [];
  let holds = false;
  for (const { criteria } of groups) {
    let groupHolds = true;
    for (const text of criteria ?? []) {
      const judged = judgeCriterion(text, measured, history);
      if ("error" in judged) return judged;
      groupHolds &&= judged.satisfied;
      targets.push({
        criteria: text,
        targetValue: judged.targetValue,
        violated: !judged.satisfied,
      });
    }
    holds ||= groupHolds;
  }
  return { holds, targets: targets.length > 0 ? targets : null };
}

/** Targets of criteria that were not judged: violated, with the literal or the bare aggregate. */
function placeholders(groups: readonly CriteriaGroup[] | null, history: Aggregate): Target[] {
  return (groups ?? []).flatMap(({ criteria }) =>
    (criteria ?? []).flatMap((text) => {
      const criterion = parseCriterion(text);
      if (isBad(criterion)) return [];
      const targetValue = criterion.relative ? history.value : criterion.value;
      return [{ criteria: text, targetValue, violated: true }];
    }),
  );
}
