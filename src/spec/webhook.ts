/** Reading `webhook/webhook.yaml`. @module */
import { z } from "zod";
import { unknownFields } from "./fields.ts";
import { isObject, type Json, textAt } from "./json.ts";
import { describeProblems, type FileRead, listOf, mapOf, scalarText, shapeYaml } from "./shape.ts";
import { type Problem, readYaml, type YamlText } from "./yaml.ts";

export interface WebhookRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  readonly payload: string;
  /** Further arguments of curl. */
  readonly options: string;
}
export interface WebhookSecret {
  readonly name: string;
  /** Absent when the file names no key: Keptn accepted that and found no value. */
  readonly secretRef?: { readonly name: string; readonly key: string };
}
export interface Webhook {
  readonly type: string;
  readonly subscriptionID: string;
  readonly sendStarted: boolean;
  readonly sendFinished: boolean;
  readonly envFrom: readonly WebhookSecret[];
  /** A text is a curl command (v1alpha1). */
  readonly requests: readonly (string | WebhookRequest)[];
}
export interface WebhookConfig {
  readonly apiVersion: string;
  readonly webhooks: readonly Webhook[];
}

const VERSIONS = ["webhookconfig.keptn.sh/v1alpha1", "webhookconfig.keptn.sh/v1beta1"];
const METHODS = ["POST", "PUT", "GET", "HEAD"];
const EMPTY_METHOD = "webhook request method empty";
const WRONG_METHOD = "unsupported webhook request method";

const secret = mapOf(
  z.object({
    name: scalarText.default(""),
    secretRef: z.object({ name: scalarText.default(""), key: scalarText.default("") }).nullish(),
  }),
).transform(({ name, secretRef }): WebhookSecret => ({
  name,
  ...(secretRef ? { secretRef } : {}),
}));

/** What editors offer; a request is read leniently by {@link requestOf}. */
const requestShape = z.union([
  z.string(),
  z.looseObject({
    url: z.unknown().optional(),
    method: z.unknown().optional(),
    headers: z.unknown().optional(),
    payload: z.unknown().optional(),
    options: z.unknown().optional(),
  }),
]);

const webhook = mapOf(
  z.object({
    type: scalarText.default(""),
    subscriptionID: scalarText.default(""),
    sendStarted: z.boolean().nullish(),
    sendFinished: z.boolean().nullish(),
    envFrom: listOf(secret),
    requests: listOf(requestShape),
  }),
).transform(({ sendStarted, sendFinished, requests, ...webhook }): Webhook => ({
  ...webhook,
  sendStarted: sendStarted ?? true,
  sendFinished: sendFinished ?? false,
  requests: requests.map((request) =>
    typeof request === "string" ? request : requestOf(request as Json),
  ),
}));

/** What the file may hold. */
export const webhookFile = z.object(
  {
    apiVersion: scalarText.default(""),
    kind: scalarText.optional(),
    metadata: mapOf(z.object({ name: scalarText.default("") })),
    spec: mapOf(z.object({ webhooks: z.array(webhook).nullish() })),
  },
  { error: "expected a mapping with apiVersion, kind, metadata and spec" },
);

/** Reads and checks a webhook file (Keptn: plugins-behaviour.md 4.2); `why` is Keptn's sentence. */
export function parseWebhook(text: string): FileRead<WebhookConfig> {
  const yaml = readYaml(text);
  const shaped = shapeYaml(yaml, webhookFile);
  const read = shaped.ok
    ? { apiVersion: shaped.value.apiVersion, webhooks: shaped.value.spec.webhooks ?? [] }
    : undefined;
  const problems = shaped.ok ? faults(read!, yaml) : [...shaped.problems];
  if (!read || problems.length > 0) {
    const why = shaped.ok ? problems[0]!.message : describeProblems(problems);
    return {
      ok: false,
      why: `Webhook configuration invalid: ${why}`,
      problems: problems.map(hinted),
    };
  }
  return { ok: true, value: read, warnings: unknownFields(webhookFile, yaml) };
}

function faults({ apiVersion, webhooks }: WebhookConfig, yaml: YamlText): Problem[] {
  const problems: Problem[] = [];
  const fault = (path: (string | number)[], message: string): void => {
    problems.push({ ...yaml.position(path), message });
  };
  if (!VERSIONS.includes(apiVersion)) {
    fault(["apiVersion"], `unsupported webhook configuration version '${apiVersion}'`);
  }
  if (webhooks.length === 0) fault(["spec"], "missing 'webhooks[]' part");
  webhooks.forEach((webhook, index) => {
    const path = ["spec", "webhooks", index];
    if (webhook.type === "") fault(path, "missing 'webhooks[].Type' part");
    if (webhook.subscriptionID === "") fault(path, "missing 'webhooks[].SubscriptionID' part");
    if (webhook.requests.length === 0) fault(path, "missing 'webhooks[].Requests[]' part");
    if (apiVersion !== VERSIONS[1]) return;
    webhook.requests.forEach((request, at) => {
      const wrong = requestFault(typeof request === "string" ? requestOf({}) : request);
      if (wrong) fault([...path, "requests", at], wrong);
    });
  });
  return problems;
}

/** Keptn's sentence, and which methods are right where it is about them. */
function hinted(problem: Problem): Problem {
  if (problem.message !== EMPTY_METHOD && problem.message !== WRONG_METHOD) return problem;
  return { ...problem, message: `${problem.message}: write ${METHODS.join(", ")} in capitals` };
}

function requestFault({ url, method, headers }: WebhookRequest): string | undefined {
  if (url === "") return "webhook request URL empty";
  if (method === "") return EMPTY_METHOD;
  if (!METHODS.includes(method)) return WRONG_METHOD;
  if (headers.some(({ key, value }) => key === "" || value === "")) {
    return "webhook request header or value empty";
  }
  return undefined;
}

/** Field names in any case; what has a wrong type counts as empty. */
function requestOf(value: Json): WebhookRequest {
  const fields = lowerCaseKeys(value);
  const headers = Array.isArray(fields.headers) ? fields.headers.map(lowerCaseKeys) : [];
  return {
    url: textAt(fields, "url") ?? "",
    method: textAt(fields, "method") ?? "",
    headers: headers.map((header) => ({
      key: textAt(header, "key") ?? "",
      value: textAt(header, "value") ?? "",
    })),
    payload: textAt(fields, "payload") ?? "",
    options: textAt(fields, "options") ?? "",
  };
}

function lowerCaseKeys(value: Json): { [key: string]: Json } {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]),
  );
}
