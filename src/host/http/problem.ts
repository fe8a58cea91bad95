/** Errors as Keptn's clients parse them: `{code, message}` with a numeric code. @module */
import { KeptnError } from "../../spec/errors.ts";
import type { Log } from "../ports/log.ts";
import { GuardFailed } from "../ports/store.ts";

/** What an error may add to its answer, as `data` of a {@link KeptnError}. */
export interface ProblemFacts {
  /** Status where Keptn's differs from that of the code. */
  readonly status?: number;
  /** `code` of the body where Keptn's differs from the status; 0 leaves it out. */
  readonly wire?: number;
  /** What would be right, where Keptn fixed the message itself. */
  readonly hint?: string;
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number;
}

/** The caller used the API wrongly: one of Keptn's `Invalid request format` answers. */
export function invalidFormat(detail: string, facts: ProblemFacts = {}): KeptnError {
  return new KeptnError("ERR_BODY_INVALID", `Invalid request format: ${detail}`, { ...facts });
}

/** A go-openapi validation answer: status 422 with a library code (Keptn: http-api.md 0.3). */
export function fieldProblem(wire: 601 | 602 | 608 | 609, message: string): KeptnError {
  const code = wire === 602 ? "ERR_FIELD_MISSING" : "ERR_FIELD_RANGE";
  return new KeptnError(code, message, { wire });
}

/** Body of a refusal that has no error of its own. */
export function problemBody(code: number, message: string, hint?: unknown): string {
  return JSON.stringify({
    ...(code === 0 ? {} : { code }),
    message,
    ...(typeof hint === "string" ? { hint } : {}),
  });
}

export interface ProblemAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: number;
}

/** Turns whatever was thrown into an answer; only errors of ours are shown, others are logged. */
export function problemOf(error: unknown, log: Log, where: string): ProblemAnswer {
  if (KeptnError.is(error)) {
    const { status: override, wire, hint, retryAfter } = error.data as ProblemFacts;
    const status = override ?? error.status;
    if (status >= 500) log("error", error.message, { where, code: error.code });
    const body = problemBody(wire ?? status, error.message, hint);
    return { status, body, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
  if (error instanceof GuardFailed) {
    return {
      status: 409,
      body: problemBody(409, "somebody else changed this meanwhile: read it again and repeat"),
    };
  }
  log("error", error instanceof Error ? error.message : String(error), {
    where,
    ...(error instanceof Error && error.stack ? { stack: error.stack } : {}),
  });
  return { status: 500, body: problemBody(500, "internal error: the log of the host tells more") };
}
