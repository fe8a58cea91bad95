/** The filter grammar of the datastore's `/event/type` (Keptn: http-api.md 2.4). @module */
import { KeptnError } from "../../spec/errors.ts";
import { and, whereAny, type Where } from "../tables/event_query_table.ts";

/** Paths that have a column of their own. */
const COLUMNS: ReadonlyMap<string, string> = new Map([
  ["data.project", "project"],
  ["data.stage", "stage"],
  ["data.service", "service"],
  ["shkeptncontext", "context"],
  ["triggeredid", "triggeredid"],
  ["source", "source"],
  ["id", "id"],
  ["time", "time"],
]);

/**
 * Events of a type by terms `key:value` joined by exactly ` AND `; a term that does not split into two parts at its
 * colons is dropped, a comma list means any of its values.
 *
 * @throws {KeptnError} ERR_QUERY_INVALID when neither project nor context is named
 */
export function whereFilter(filter: string, type: string): Where {
  const terms = filter
    .split(" AND ")
    .map((term) => term.split(":"))
    .filter((parts) => parts.length === 2)
    .map(([key, value]) => ({ key: key!.trim(), values: value!.split(",") }));
  if (!terms.some(({ key }) => key === "data.project" || key === "shkeptncontext")) {
    throw new KeptnError(
      "ERR_QUERY_INVALID",
      "invalid event filter: either 'shkeptncontext' or 'data.project' must be set",
      { hint: "write filter=data.project:P AND data.stage:S" },
    );
  }
  // One context has few events: then neither type nor project shall choose the index.
  const plus = terms.some(({ key }) => key === "shkeptncontext") ? "+" : "";
  return and(
    { parts: [`${plus}type = ?`], args: [type] },
    ...terms.map(({ key, values }) => whereTerm(key, values, key === "shkeptncontext" ? "" : plus)),
  );
}

function whereTerm(key: string, values: readonly string[], plus: string): Where {
  const column = COLUMNS.get(key);
  if (column !== undefined) return whereAny(plus + column, values);
  // No event has such a field, and SQLite has no spelling for it.
  if (/["\\]/.test(key)) return { parts: ["0"], args: [] };
  const path = key.split(".").map((part) => `."${part}"`);
  return whereAny("json_extract(body, ?)", values, `$${path.join("")}`);
}
