/** The criteria of objectives: `<=500`, `<+15%`, `>=-8%`. @module */
import { parseNumber } from "./number_text.ts";

const OPERATORS = ["<=", "<", "=", ">=", ">"] as const;
export type Operator = (typeof OPERATORS)[number];

/** One criterion; `value` is an absolute threshold unless it is compared with history. */
export interface Criterion {
  readonly operator: Operator;
  readonly value: number;
  /** A target that lies `value` above or below the aggregate of previous evaluations. */
  readonly relative: "increase" | "decrease" | undefined;
  /** `value` is a percentage of the aggregate. */
  readonly percentage: boolean;
}

/** A criterion that Keptn refuses, with Keptn's sentence. */
export interface BadCriterion {
  readonly error: string;
}

/** Reads one criterion (Keptn: lighthouse.md 2). */
export function parseCriterion(text: string): Criterion | BadCriterion {
  const compact = text.replaceAll(" ", "");
  if (!/^[<|=>]/.test(compact)) return { error: "invalid criteria string" };
  const operator = OPERATORS.find((candidate) => compact.startsWith(candidate));
  const unparsed = { error: "could not parse criteria target value" };
  if (!operator) return unparsed;
  const operand = compact.slice(operator.length);
  const percentage = operand.endsWith("%");
  const signed = percentage ? operand.slice(0, -1) : operand;
  const sign = /^[+-]/.exec(signed)?.[0];
  const value = parseNumber(sign ? signed.slice(1) : signed);
  if (value === undefined) return unparsed;
  const increases = sign === "+" || (percentage && sign === undefined);
  const relative = increases ? "increase" : sign === "-" ? "decrease" : undefined;
  return { operator, value, relative, percentage };
}

export function isBad(criterion: Criterion | BadCriterion): criterion is BadCriterion {
  return "error" in criterion;
}

/** The threshold that a criterion means, given the aggregate of history. */
export function targetOf({ value, relative, percentage }: Criterion, aggregate: number): number {
  if (relative === undefined) return value;
  const signed = relative === "increase" ? value : -value;
  // Multiplied first, so that 110 % of 50 is exactly 55.
  return percentage ? (aggregate * (100 + signed)) / 100 : aggregate + signed;
}

/** Compares two doubles exactly; undefined for an operator that does not exist. */
export function compare(measured: number, operator: string, target: number): boolean | undefined {
  switch (operator) {
    case "<":
      return measured < target;
    case "<=":
      return measured <= target;
    case "=":
      return measured === target;
    case ">=":
      return measured >= target;
    case ">":
      return measured > target;
    default:
      return undefined;
  }
}
