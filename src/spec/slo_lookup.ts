/** What became of the attempt to read an SLO file. @module */
import type { Slo } from "./slo.ts";

export interface SloProblem {
  readonly kind: "problem";
  /** In the words that Keptn reported. */
  readonly message: string;
  /** What does not exist, when that is the problem. */
  readonly absent?: "project" | "stage" | "service";
}

/** A file that is missing is no error. */
export type SloLookup =
  | { readonly kind: "found"; readonly slo: Slo; readonly contentBase64: string }
  | { readonly kind: "missing" }
  | SloProblem;

export type SloFetch =
  | { readonly kind: "content"; readonly content: string }
  | { readonly kind: "missing" }
  | SloProblem;

/** Words of the resource service and of the question whether the service exists; empty = no error. */
export interface SloAnswers {
  readonly content: string | null;
  readonly resourceError: string;
  readonly serviceError: string;
}

/** Tells a missing file from a real problem (Keptn: lighthouse.md 1.5). */
export function classifySlo({ content, resourceError, serviceError }: SloAnswers): SloFetch {
  if (resourceError === "") return content ? { kind: "content", content } : { kind: "missing" };
  if (!resourceError.includes("not found")) return { kind: "problem", message: resourceError };
  if (serviceError === "") return { kind: "missing" };
  const service = serviceError.toLowerCase();
  const absent = (["project", "stage", "service"] as const).find((thing) =>
    service.includes(`${thing} not found`),
  );
  if (absent) return { kind: "problem", message: `${absent} not found`, absent };
  const resource = resourceError.toLowerCase();
  if (`${service}\n${resource}`.includes("resource not found")) return { kind: "missing" };
  if (resource.includes("could not check out ")) {
    return { kind: "problem", message: "could not checkout the SLO" };
  }
  return { kind: "problem", message: resourceError };
}

/** The message of an SLO file that cannot be parsed. */
export function unparsableSlo(project: string, stage: string, service: string): string {
  return `Could not parse SLO file for service ${service} in stage ${stage} in project ${project}`;
}
