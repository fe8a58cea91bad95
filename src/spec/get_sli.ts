/** The data of `get-sli` events: what is asked of an SLI provider and what it answers. @module */
import type { SliValue, TimeWindow } from "./evaluation.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import type { Slo } from "./slo.ts";

/** The block `get-sli` of `get-sli.triggered` (Keptn: lighthouse.md 7.2). */
export interface SliRequest extends TimeWindow {
  readonly sliProvider: string;
  readonly indicators?: readonly string[];
  readonly customFilters?: readonly { readonly key: string; readonly value: string }[];
}

/** What a provider answered. */
export interface SliAnswer {
  readonly status: string;
  readonly result: string;
  readonly message: string;
  readonly labels?: { readonly [name: string]: string };
  readonly window: TimeWindow;
  readonly values: readonly SliValue[];
}

/** What an evaluation asks a provider for; without an SLO it asks for nothing in particular. */
export function sliRequest(provider: string, window: TimeWindow, slo: Slo | undefined): SliRequest {
  const indicators = slo?.objectives.map(({ sli }) => sli) ?? [];
  const customFilters = Object.entries(slo?.filter ?? {}).map(([key, value]) => ({ key, value }));
  return {
    sliProvider: provider,
    start: window.start,
    end: window.end,
    ...(indicators.length > 0 ? { indicators } : {}),
    ...(customFilters.length > 0 ? { customFilters } : {}),
  };
}

/** Reads the data of `get-sli.triggered`; what is missing is empty. */
export function readSliRequest(data: Json | undefined): SliRequest {
  const block = isObject(data) && isObject(data["get-sli"]) ? data["get-sli"] : {};
  const { indicators, customFilters } = block;
  const filters = (Array.isArray(customFilters) ? customFilters : []).filter(isObject);
  return {
    sliProvider: text(block.sliProvider),
    start: text(block.start),
    end: text(block.end),
    indicators: (Array.isArray(indicators) ? indicators : []).map(text),
    customFilters: filters.map(({ key, value }) => ({ key: text(key), value: text(value) })),
  };
}

/** Reads the data of `get-sli.finished`, or says which field has a wrong type. */
export function readSliAnswer(
  data: Json | undefined,
): SliAnswer | { readonly undecodable: string } {
  if (!isObject(data)) return { undecodable: "data must be an object" };
  const block = data["get-sli"] ?? {};
  if (!isObject(block)) return { undecodable: "get-sli must be an object" };
  const wrong =
    misfit(data, ["status", "result", "message"], "string", "") ??
    misfit(block, ["start", "end"], "string", "get-sli.");
  if (wrong) return { undecodable: wrong };
  const values = readSliValues(block.indicatorValues ?? []);
  if ("undecodable" in values) return values;
  const labels = data.labels;
  return {
    status: text(data.status),
    result: text(data.result),
    message: text(data.message),
    ...(isObject(labels) ? { labels: labels as { [name: string]: string } } : {}),
    window: { start: text(block.start), end: text(block.end) },
    values,
  };
}

/** Reads a list of measured values; null entries are left out. */
export function readSliValues(list: Json): SliValue[] | { readonly undecodable: string } {
  if (!Array.isArray(list)) return { undecodable: "indicatorValues must be a list" };
  const values: SliValue[] = [];
  for (const [index, entry] of list.entries()) {
    if (entry === null) continue;
    const where = `indicatorValues[${index}]`;
    if (!isObject(entry)) return { undecodable: `${where} must be an object` };
    const wrong =
      misfit(entry, ["metric", "message"], "string", `${where}.`) ??
      misfit(entry, ["value", "comparedValue"], "number", `${where}.`) ??
      misfit(entry, ["success"], "boolean", `${where}.`);
    if (wrong) return { undecodable: wrong };
    values.push(sliValue(entry));
  }
  return values;
}

function sliValue(entry: JsonObject): SliValue {
  const { message, query, provider, unit, window } = entry;
  return {
    metric: text(entry.metric),
    value: typeof entry.value === "number" ? entry.value : 0,
    comparedValue: typeof entry.comparedValue === "number" ? entry.comparedValue : 0,
    success: entry.success === true,
    ...(text(message) ? { message: text(message) } : {}),
    ...(text(query) ? { query: text(query) } : {}),
    ...(isObject(window) ? { window: { start: text(window.start), end: text(window.end) } } : {}),
    ...(text(provider) ? { provider: text(provider) } : {}),
    ...(text(unit) ? { unit: text(unit) } : {}),
  };
}

/** Names the first field that is there with a type other than the wanted one. */
function misfit(
  from: JsonObject,
  fields: readonly string[],
  type: "string" | "number" | "boolean",
  prefix: string,
): string | undefined {
  const wrong = fields.find((field) => {
    const value = from[field];
    return value !== undefined && value !== null && typeof value !== type;
  });
  return wrong === undefined ? undefined : `${prefix}${wrong} must be a ${type}`;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
