/** Checks a file of any of Keptn's formats. @module */
import type { z } from "zod";
import { parseEventFile } from "./event_file.ts";
import { FILE_KINDS, type FileKind, fileKindOf } from "./file_kind.ts";
import { parseJobConfig } from "./job.ts";
import { isObject } from "./json.ts";
import { eventsModel } from "./models.ts";
import { parseRemediation } from "./remediation.ts";
import { sequenceStates } from "./sequence_models.ts";
import { shapeYaml } from "./shape.ts";
import { validateShipyard } from "./shipyard_file.ts";
import { parseSli } from "./sli_file.ts";
import { parseSlo } from "./slo_file.ts";
import { integrationsModel } from "./uniform.ts";
import { parseWebhook } from "./webhook.ts";
import { type Problem, readYaml } from "./yaml.ts";

export interface Validation {
  /** Absent when the content tells no kind. */
  readonly kind?: FileKind;
  readonly valid: boolean;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

type Read =
  | { readonly ok: true; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const READERS: { readonly [K in FileKind]: (text: string) => Read } = {
  shipyard: validateShipyard,
  slo: parseSlo,
  sli: parseSli,
  remediation: parseRemediation,
  webhook: parseWebhook,
  job: parseJobConfig,
  event: parseEventFile,
  "api-response": readApiResponse,
};
const TEMPLATE = /\[\[.*\]\]/;

/** Checks a text; the kind is told from content and path unless it is given. */
export function validateFile(text: string, path = "", kind?: FileKind): Validation {
  const yaml = readYaml(text);
  const found = kind ?? fileKindOf(yaml.value, path);
  if (!found) {
    const kinds = `--kind ${FILE_KINDS.join("|")}`;
    const unknown = {
      line: 1,
      column: 1,
      message: `cannot tell what kind of file this is: ${kinds}`,
    };
    const problems = yaml.problems.length > 0 ? yaml.problems : [unknown];
    return { valid: false, problems, warnings: [] };
  }
  const read = READERS[found](text);
  if (read.ok) return { kind: found, valid: true, problems: [], warnings: read.warnings };
  return { kind: found, valid: false, problems: hinted(read.problems, text), warnings: [] };
}

/** Placeholders of an import package parse as nested lists, which explains nothing. */
function hinted(problems: readonly Problem[], text: string): readonly Problem[] {
  const line = text.split("\n").findIndex((candidate) => TEMPLATE.test(candidate));
  if (line < 0) return problems;
  const message = "this is a template: replace the [[ … ]] placeholders first";
  const column = text.split("\n")[line]!.search(TEMPLATE) + 1;
  return [{ line: line + 1, column, message }, ...problems];
}

function readApiResponse(text: string): Read {
  const yaml = readYaml(text);
  const shaped = shapeYaml(yaml, schemaOf(yaml.value));
  return shaped.ok ? { ok: true, warnings: [] } : shaped;
}

function schemaOf(value: unknown): z.ZodType {
  if (Array.isArray(value)) return integrationsModel;
  return isObject(value) && "states" in value ? sequenceStates : eventsModel;
}
