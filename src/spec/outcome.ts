/** Results, statuses and how the answers of several executors fold into one. @module */

export type Result = "pass" | "warning" | "fail";
export type Status = "succeeded" | "errored" | "aborted" | "unknown";

export interface Answered {
  readonly result?: string | undefined;
  readonly status?: string | undefined;
}
export interface Outcome {
  readonly result: Result;
  readonly status: Status;
}

/**
 * Folds the `finished` answers of a task into its outcome (Keptn: orchestration.md 8.4).
 *
 * Anything that is neither pass nor warning is a fail; a status that no rule names is `unknown`,
 * and then the result is a fail too.
 */
export function foldOutcomes(answers: readonly Answered[]): Outcome {
  const result = foldResult(answers.map((answer) => answer.result));
  const statuses = answers.map((answer) => answer.status);
  if (statuses.includes("errored")) return { result, status: "errored" };
  if (statuses.includes("aborted")) return { result, status: "aborted" };
  if (statuses.every((status) => status === "succeeded")) return { result, status: "succeeded" };
  return { result: "fail", status: "unknown" };
}

/** Tells whether a sequence stops after a task with this outcome. */
export function stopsSequence(outcome: Outcome): boolean {
  return outcome.result === "fail" || outcome.status === "errored";
}

function foldResult(results: readonly (string | undefined)[]): Result {
  if (results.some((result) => result !== "pass" && result !== "warning")) return "fail";
  return results.includes("warning") ? "warning" : "pass";
}
