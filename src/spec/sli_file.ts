/** Reading `<provider>/sli.yaml`. @module */
import { didYouMean } from "./near.ts";
import { NO_INDICATORS, type Sli } from "./sli.ts";
import { type Field, type TreeReader, treeReader } from "./tree_reader.ts";
import { type Problem, readYamlTree } from "./yaml.ts";
import type { YamlMap } from "./yaml_tree.ts";

export type SliRead =
  | { readonly ok: true; readonly sli: Sli; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const FIELDS = ["spec_version", "indicators", "units"];
/** Dynatrace queries from before Keptn 0.8: `builtin:service.response.time?scope=tag(…)`. */
const METRICS_V1 = /^[\w.:()]+\?scope=/;

/** Reads an SLI file that stands alone: it must name at least one indicator. */
export function parseSli(text: string): SliRead {
  const read = parseSliLevel(text);
  if (!read.ok || Object.keys(read.sli.indicators).length > 0) return read;
  const example = "indicators: {error_rate: sum(rate(http_requests_total[$DURATION_SECONDS]))}";
  const message = `${NO_INDICATORS}; write a query by name, such as ${example}`;
  return { ok: false, problems: [{ line: 1, column: 1, message }] };
}

/** Reads an SLI file of one level, which may leave all indicators to the other levels. */
export function parseSliLevel(text: string): SliRead {
  const tree = readYamlTree(text);
  if (tree.problems.length > 0) return { ok: false, problems: tree.problems };
  const reader = treeReader();
  const file = reader.map({ node: tree.root, path: "" }, "a mapping with indicators");
  const hint = "a mapping from indicator to query";
  const sli: Sli = {
    spec_version: reader.text(reader.field(file, "", "spec_version")) ?? "",
    indicators: texts(reader, reader.field(file, "", "indicators"), hint),
    units: texts(reader, reader.field(file, "", "units"), "a mapping from indicator to unit"),
  };
  refuseLegacy(reader, file, sli);
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, sli, warnings: unknownKeys(file) };
}

function texts(reader: TreeReader, field: Field, hint: string): { [name: string]: string } {
  const map = reader.map(field, hint);
  const pairs = (map?.entries ?? []).map(({ key, value }): [string, string] => {
    const text = reader.text({ node: value, path: `${field.path}.${key.text}` });
    return [key.text, text ?? ""];
  });
  return Object.fromEntries(pairs.toReversed());
}

function refuseLegacy(reader: TreeReader, file: YamlMap | undefined, { indicators }: Sli): void {
  const legacy = Object.keys(indicators).find((name) => METRICS_V1.test(indicators[name]!));
  if (legacy === undefined) return;
  const field = reader.field(file, "", "indicators");
  const map = reader.map(field, "");
  const node = map?.entries.find(({ key }) => key.text === legacy)?.key;
  const wanted = "metricSelector=…&entitySelector=type(SERVICE),tag(…)";
  reader.refuse(
    { node, path: `${field.path}.${legacy}` },
    `query in the format of the Dynatrace metrics API v1 (?scope=…), older than Keptn 0.8: write ${wanted}`,
  );
}

function unknownKeys(file: YamlMap | undefined): Problem[] {
  return (file?.entries ?? [])
    .filter(({ key }) => !FIELDS.includes(key.text))
    .map(({ key: { text, line, column } }) => ({
      line,
      column,
      message: `unknown field ${text} is ignored${didYouMean(text, FIELDS)}`,
    }));
}
