/** Exact comparison of JSON values with the path of each difference. @module */

/** Differences between what was expected and what came; numbers are compared bit by bit. */
export function differences(expected: unknown, actual: unknown, path = "$"): string[] {
  const wanted = number(expected);
  const got = number(actual);
  if (Object.is(wanted, got)) return [];
  if (Array.isArray(wanted) && Array.isArray(got)) {
    if (wanted.length !== got.length) {
      return [`${path}: expected ${wanted.length} items, got ${got.length}: ${show(got)}`];
    }
    return wanted.flatMap((item, index) => differences(item, got[index], `${path}[${index}]`));
  }
  if (isRecord(wanted) && isRecord(got)) {
    const keys = new Set([...Object.keys(wanted), ...Object.keys(got)]);
    return [...keys].flatMap((key) => differences(wanted[key], got[key], `${path}.${key}`));
  }
  return [`${path}: expected ${show(wanted)}, got ${show(got)}`];
}

const NOT_FINITE: Record<string, number> = { "+Inf": Infinity, "-Inf": -Infinity, NaN };

/** Vectors spell non-finite numbers as texts. */
function number(value: unknown): unknown {
  return typeof value === "string" && Object.hasOwn(NOT_FINITE, value) ? NOT_FINITE[value] : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");
}
