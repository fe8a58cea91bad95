/** `structuredClone` for plain data, dates, maps, sets, errors and binary data. @module */

type Typed = {
  readonly constructor: new (buffer: ArrayBuffer, from: number, length: number) => unknown;
};

/** A deep copy; throws `DataCloneError` on functions and symbols. */
export function clone<T>(value: T): T {
  return copy(value, new Map()) as T;
}

function copy(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new DOMException(`${String(value)} could not be cloned.`, "DataCloneError");
  }
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const keep = <V>(made: V): V => {
    seen.set(value as object, made);
    return made;
  };
  if (value instanceof Date) return keep(new Date(value.getTime()));
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
  if (value instanceof ArrayBuffer) return keep(value.slice(0));
  if (ArrayBuffer.isView(value)) return keep(copyView(value, seen));
  if (value instanceof Map) {
    const made = keep(new Map<unknown, unknown>());
    for (const [key, item] of value) made.set(copy(key, seen), copy(item, seen));
    return made;
  }
  if (value instanceof Set) {
    const made = keep(new Set<unknown>());
    for (const item of value) made.add(copy(item, seen));
    return made;
  }
  const made = keep(
    Array.isArray(value) ? Array.from<unknown>({ length: value.length }) : bare(value),
  );
  for (const key of Object.keys(value)) {
    (made as { [key: string]: unknown })[key] = copy(
      (value as { [key: string]: unknown })[key],
      seen,
    );
  }
  return made;
}

function bare(value: object): object {
  if (!(value instanceof Error)) return {};
  const known = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
  const Made = known.find(({ name }) => name === value.name) ?? Error;
  return new Made(value.message);
}

function copyView(view: ArrayBufferView, seen: Map<object, unknown>): unknown {
  const buffer = copy(view.buffer, seen) as ArrayBuffer;
  const length = view instanceof DataView ? view.byteLength : (view as Uint8Array).length;
  return new (view as unknown as Typed).constructor(buffer, view.byteOffset, length);
}
