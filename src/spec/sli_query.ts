/** Placeholders in the queries of SLI files. @module */
import type { TimeWindow } from "./evaluation.ts";
import { windowSeconds } from "./timeframe.ts";

/** What the placeholders of a query stand for. */
export interface QueryScope {
  readonly project: string;
  readonly stage: string;
  readonly service: string;
  /** Empty means the label `deployment`, and without that `primary`. */
  readonly deployment?: string;
  readonly labels: { readonly [name: string]: string };
  readonly filters: readonly { readonly key: string; readonly value: string }[];
  readonly window: TimeWindow;
}

const DEFAULT_DEPLOYMENT = "primary";

/**
 * Fills in `$PROJECT`, `$STAGE`, `$SERVICE`, `$DEPLOYMENT`, `$LABEL.name`, `$DURATION_SECONDS` and
 * each custom filter, as plain text and everywhere (Keptn: lighthouse.md 10.1).
 */
export function fillQuery(query: string, scope: QueryScope): string {
  let filled = query;
  const put = (name: string, value: string): void => {
    filled = filled.replaceAll(`$${name}`, () => value);
  };
  for (const { key, value } of scope.filters) {
    const bare = value.replace(/['"]/g, "");
    put(key, bare);
    put(key.toUpperCase(), bare);
  }
  put("PROJECT", scope.project);
  put("STAGE", scope.stage);
  put("SERVICE", scope.service);
  put("DEPLOYMENT", scope.labels.deployment || scope.deployment || DEFAULT_DEPLOYMENT);
  // Longer names first, so that $LABEL.build does not eat the beginning of $LABEL.buildId.
  const labels = Object.keys(scope.labels).sort((a, b) => b.length - a.length);
  for (const name of labels) put(`LABEL.${name}`, scope.labels[name]!);
  put("DURATION_SECONDS", `${windowSeconds(scope.window)}s`);
  return filled;
}

/** Placeholders that a filled query still holds, such as a label that was not given. */
export function unfilled(query: string): string[] {
  return [...new Set(query.match(/\$[A-Z][A-Z_]*(\.[\w-]+)?/g) ?? [])];
}
