/** Which of Keptn's file formats a text is. @module */
import { isObject, type Json } from "./json.ts";

export const FILE_KINDS = [
  "shipyard",
  "slo",
  "sli",
  "remediation",
  "webhook",
  "job",
  "event",
  "api-response",
] as const;
export type FileKind = (typeof FILE_KINDS)[number];

const OF_KIND: { readonly [kind: string]: FileKind } = {
  shipyard: "shipyard",
  remediation: "remediation",
  webhookconfig: "webhook",
};

/** Tells the kind from the content, else from the path, else undefined. */
export function fileKindOf(value: Json | undefined, path = ""): FileKind | undefined {
  return kindOfContent(value) ?? kindOfPath(path);
}

function kindOfContent(value: Json | undefined): FileKind | undefined {
  if (Array.isArray(value)) return value.some(isIntegration) ? "api-response" : undefined;
  if (!isObject(value)) return undefined;
  const named = typeof value.kind === "string" ? OF_KIND[value.kind.toLowerCase()] : undefined;
  if (named) return named;
  const spec = isObject(value.spec) ? value.spec : {};
  const has = (key: string): boolean => key in value || key in spec;
  if (String(value.apiVersion).startsWith("webhookconfig.keptn.sh/") || has("webhooks")) {
    return "webhook";
  }
  if (has("remediations")) return "remediation";
  if ("objectives" in value || "total_score" in value) return "slo";
  if ("indicators" in value) return "sli";
  if ("actions" in value) return "job";
  if ("states" in value || "events" in value) return "api-response";
  if (isEvent(value)) return "event";
  if (has("stages")) return "shipyard";
  return undefined;
}

/** By the name of the file, else by the nearest folder that is named like a kind. */
function kindOfPath(path: string): FileKind | undefined {
  const parts = path.split(/[\\/]/).toReversed();
  const words = parts.map((part) => part.replace(/\.\w+$/, ""));
  return FILE_KINDS.find((kind) => kind === words[0]) ?? words.find(isKind);
}

function isKind(word: string): word is FileKind {
  return FILE_KINDS.some((kind) => kind === word);
}

/** A CloudEvent, or the body of a Prometheus Alertmanager. */
function isEvent(value: { readonly [key: string]: Json }): boolean {
  return ("type" in value && ("data" in value || "source" in value)) || "alerts" in value;
}

function isIntegration(value: Json): boolean {
  return isObject(value) && "metadata" in value && "name" in value;
}
