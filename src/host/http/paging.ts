/** Keptn's four dialects of paging (Keptn: http-api.md 0.5). @module */
import { fieldProblem, invalidFormat } from "./problem.ts";

export interface Page {
  readonly offset: number;
  /** Absent = everything. */
  readonly size?: number;
}

type Query = (name: string) => string | undefined;

const DEFAULT_SIZE = 20;
const MOST_SIZE = 100;

/** Projects, stages, services, open events: string keys, garbage is the first page. */
export function stringPage(query: Query): { offset: number; size: number } {
  const size = query("pageSize");
  const offset = offsetOf(query("nextPageKey"));
  if (size === undefined) return { offset, size: DEFAULT_SIZE };
  return { offset, size: Math.max(0, size === "" ? 0 : goInteger(size)) };
}

/** The key of the page after this one; `"0"` on the last. */
export function stringKey(page: { offset: number; size: number }, total: number): string {
  const next = page.offset + page.size;
  return page.size > 0 && next < total ? String(next) : "0";
}

/** Sequences, logs, executions: integer keys, everything without a size. */
export function numberPage(query: Query): Page {
  const size = query("pageSize");
  const key = query("nextPageKey");
  const offset = Math.max(0, key ? goInteger(key) : 0);
  const wanted = size ? goInteger(size) : 0;
  return wanted > 0 ? { offset, size: wanted } : { offset };
}

/** The integer key of the next page, or nothing on the last; to be spread into the answer. */
export function numberKey(page: Page, total: number): { nextPageKey?: number } {
  if (page.size === undefined) return {};
  const next = page.offset + page.size;
  return next < total ? { nextPageKey: next } : {};
}

/** `totalCount`, left out when it is 0. */
export function totalCount(total: number): { totalCount?: number } {
  return total > 0 ? { totalCount: total } : {};
}

/** A size of the datastore: 1 to 100, with go-openapi's refusals (Keptn: http-api.md 0.3). */
export function boundedSize(name: string, text: string | undefined): number {
  if (text === undefined || text === "") return DEFAULT_SIZE;
  if (!/^[+-]?\d+$/.test(text)) {
    throw fieldProblem(601, `${name} in query must be of type int64: ${JSON.stringify(text)}`);
  }
  const value = Number(text);
  if (value < 1) throw fieldProblem(609, `${name} in query should be greater than or equal to 1`);
  if (value > MOST_SIZE) {
    throw fieldProblem(608, `${name} in query should be less than or equal to ${MOST_SIZE}`);
  }
  return value;
}

/** A decimal offset; anything else is 0. */
export function offsetOf(text: string | undefined): number {
  return text && /^\d+$/.test(text) ? Number(text) : 0;
}

function goInteger(text: string): number {
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw invalidFormat(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** One page of a list that is in memory, in the dialect with string keys. */
export function paged<T>(
  key: string,
  items: readonly T[],
  page: { offset: number; size: number },
): Record<string, unknown> {
  return {
    [key]: items.slice(page.offset, page.offset + page.size),
    nextPageKey: stringKey(page, items.length),
    ...totalCount(items.length),
  };
}
