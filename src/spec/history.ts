/** Previous evaluations: which ones an SLO compares with, and their values folded into one. @module */
import { isObject, textAt, type Json } from "./json.ts";
import { average, percentile } from "./percentile.ts";
import type { Comparison } from "./slo.ts";

/** What to ask the log of `evaluation.finished` events for, newest first. */
export interface HistoryQuery {
  readonly limit: number;
  readonly excludeInvalidated: true;
  /** Allowed `data.result` values; null = any. */
  readonly resultFilter: readonly string[] | null;
}

/** A previous `evaluation.finished` event. */
export interface PreviousEvaluation {
  readonly id: string;
  readonly data: Json;
}

export interface PreviousValue {
  readonly value: number;
  readonly success: boolean;
}

export interface Aggregate {
  readonly value: number;
  /** There is nothing to compare with: relative criteria hold. */
  readonly skip: boolean;
}

const DEFAULT_LIMIT = 3;
const MAX_LIMIT = 100;
const RESULT_FILTERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["pass", ["pass"]],
  ["pass_or_warn", ["pass", "warning"]],
]);

/** How many and which previous evaluations count (Keptn: lighthouse.md 6.1, 6.2). */
export function historyQuery(comparison: Comparison): HistoryQuery {
  const limits = new Map([
    ["single_result", 1],
    ["several_results", comparison.number_of_comparison_results],
  ]);
  return {
    limit: limits.get(comparison.compare_with) ?? DEFAULT_LIMIT,
    excludeInvalidated: true,
    resultFilter: RESULT_FILTERS.get(comparison.include_result_with_score.toLowerCase()) ?? null,
  };
}

/** Tells whether the log answers a query of this size; Keptn's datastore refused others. */
export function isAnswerable(query: HistoryQuery): boolean {
  return query.limit >= 1 && query.limit <= MAX_LIMIT;
}

/** An evaluation together with what decides whether a query finds it. */
export interface StoredEvaluation extends PreviousEvaluation {
  readonly invalidated?: boolean;
}

/** What a query finds among evaluations that are ordered from the newest to the oldest. */
export function selectHistory<T extends StoredEvaluation>(
  query: HistoryQuery,
  newestFirst: readonly T[],
): T[] {
  const { resultFilter } = query;
  return newestFirst
    .filter(({ invalidated }) => !invalidated)
    .filter(({ data }) => !resultFilter || resultFilter.includes(textAt(data, "result") ?? ""))
    .slice(0, query.limit);
}

/** Earlier values by metric, repeated and informational ones included (Keptn: lighthouse.md 6.4). */
export function valuesByMetric(
  previous: readonly PreviousEvaluation[],
): ReadonlyMap<string, readonly PreviousValue[]> {
  const values = new Map<string, PreviousValue[]>();
  for (const { metric, value, success } of previous.flatMap(({ data }) => indicatorValues(data))) {
    if (typeof metric !== "string") continue;
    const known = values.get(metric) ?? [];
    known.push({ value: typeof value === "number" ? value : 0, success: success === true });
    values.set(metric, known);
  }
  return values;
}

/** Folds earlier values; failed ones do not count (Keptn: lighthouse.md 3). */
export function aggregate(values: readonly PreviousValue[], name: string): Aggregate {
  const usable = values.filter(({ success }) => success).map(({ value }) => value);
  if (usable.length === 0) return { value: 0, skip: true };
  return { value: fold(usable, name), skip: false };
}

/** A function that Keptn does not know yields 0, which is then compared with. */
function fold(values: readonly number[], name: string): number {
  switch (name) {
    case "avg":
      return average(values);
    case "p50":
      return percentile(values, 0.5);
    case "p90":
      return percentile(values, 0.9);
    case "p95":
      return percentile(values, 0.95);
    default:
      return 0;
  }
}

function indicatorValues(data: Json): { readonly [key: string]: Json }[] {
  const results =
    isObject(data) && isObject(data.evaluation) ? data.evaluation.indicatorResults : null;
  if (!Array.isArray(results)) return [];
  return results
    .map((result) => (isObject(result) ? result.value : null))
    .filter((value) => isObject(value));
}
