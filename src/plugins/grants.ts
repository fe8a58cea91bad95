/** What the operator permits each plugin, and what a plugin may do under it. @module */
import { z } from "zod";
import type { Manifest } from "./manifest.ts";

const ENTRY = z.strictObject({
  /** Only for this project; absent = for all. */
  project: z.string().min(1).optional(),
  http: z.array(z.string().refine(isAddress, "expected an origin, host:port or CIDR")).optional(),
  secrets: z.array(z.string().min(1)).optional(),
  events: z.array(z.string().min(1)).optional(),
  resources: z.literal("write").optional(),
});
/** One entry of a plugin's grants. */
export type GrantEntry = z.infer<typeof ENTRY>;

/** The whole grant file: plugin name → entries. */
export const GRANTS = z.record(z.string(), z.array(ENTRY));
export type Grants = z.infer<typeof GRANTS>;
export const GRANT_ENTRY = ENTRY;

/** Everything a plugin may do in one project. */
export interface Grant {
  readonly http: readonly string[];
  readonly secrets: readonly string[];
  readonly events: readonly string[];
  readonly write: boolean;
  /** Every address, as in `serve --dev`. */
  readonly anywhere: boolean;
}

export interface GrantRules {
  readonly grants: Grants;
  readonly shipped: boolean;
  readonly dev: boolean;
}

/** The grant of a plugin in a project: shipped plugins have all they ask for but addresses. */
export function grantFor(manifest: Manifest, project: string, rules: GrantRules): Grant {
  const entries = (rules.grants[manifest.name] ?? []).filter(
    (entry) => entry.project === undefined || entry.project === project,
  );
  const trusted = rules.shipped || rules.dev;
  const asked = trusted ? manifest.allow : { secrets: [], events: [], resources: "read" as const };
  return {
    http: entries.flatMap((entry) => entry.http ?? []),
    secrets: [...asked.secrets, ...entries.flatMap((entry) => entry.secrets ?? [])],
    events: [...asked.events, ...entries.flatMap((entry) => entry.events ?? [])],
    write: asked.resources === "write" || entries.some((entry) => entry.resources === "write"),
    anywhere: rules.dev,
  };
}

/** Merges an entry into the grants of a plugin; entries of one project are one. */
export function addGrant(grants: Grants, plugin: string, entry: GrantEntry): Grants {
  const entries = grants[plugin] ?? [];
  const same = entries.find((one) => one.project === entry.project);
  const merged: GrantEntry = {
    ...(entry.project === undefined ? {} : { project: entry.project }),
    ...union("http", same, entry),
    ...union("secrets", same, entry),
    ...union("events", same, entry),
    ...((same?.resources ?? entry.resources) ? { resources: "write" as const } : {}),
  };
  return { ...grants, [plugin]: [...entries.filter((one) => one !== same), merged] };
}

/** Names of the capabilities that a plugin asks for and nobody has granted anywhere. */
export function ungranted(manifest: Manifest, rules: GrantRules): string[] {
  if (rules.shipped || rules.dev) return [];
  const entries = rules.grants[manifest.name] ?? [];
  const has = (kind: "secrets" | "events", name: string): boolean =>
    entries.some((entry) => entry[kind]?.includes(name));
  const http = entries.some((entry) => entry.http?.length) ? [] : manifest.allow.http;
  return [
    ...http.map((address) => `http ${address}`),
    ...manifest.allow.secrets.filter((n) => !has("secrets", n)).map((n) => `secret ${n}`),
    ...manifest.allow.events.filter((n) => !has("events", n)).map((n) => `event ${n}`),
    ...(manifest.allow.resources === "write" && !entries.some((entry) => entry.resources)
      ? ["resources write"]
      : []),
  ];
}

/** The command that grants what is missing, to be shown with every denial. */
export function allowCommand(plugin: string, missing: readonly string[], project?: string): string {
  const flags = missing.map((one) => {
    const [kind, ...rest] = one.split(" ");
    const value = rest.join(" ");
    if (kind === "http") return `--http ${/[{*]/.test(value) ? "ORIGIN" : value}`;
    if (kind === "secret") return `--secret ${value}`;
    if (kind === "event") return `--event ${value}`;
    return "--write";
  });
  const scope = project === undefined ? [] : [`--project ${project}`];
  return ["periplus plugin allow", plugin, ...flags, ...scope].join(" ");
}

/** How a granted address covers a URL; null when it does not. */
export interface Covered {
  /** Private addresses that this grant opens: `host:port` or CIDR. */
  readonly privately: readonly string[];
  /** A CIDR grant covers nothing outside its range. */
  readonly only: boolean;
}

/** Finds the granted address that covers a URL: its origin, its host:port, or a CIDR for any host. */
export function covering(grant: Grant, url: URL): Covered | null {
  const place = `${url.hostname}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
  if (grant.anywhere) return { privately: ["0.0.0.0/0", "::/0"], only: false };
  let origin = false;
  for (const address of grant.http) {
    if (address === place) return { privately: [place], only: false };
    if (!address.includes("://") || new URL(address).origin !== url.origin) continue;
    if (/:\d+$/.test(address.replace(/\/+$/, ""))) return { privately: [place], only: false };
    origin = true;
  }
  if (origin) return { privately: [], only: false };
  const ranges = grant.http.filter(isCidr);
  return ranges.length > 0 ? { privately: ranges, only: true } : null;
}

function isCidr(address: string): boolean {
  return !address.includes("://") && address.includes("/");
}

function isAddress(text: string): boolean {
  if (text.includes("://")) {
    return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  }
  return /^[0-9a-f.:]+\/\d{1,3}$/i.test(text) || /^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i.test(text);
}

function union(
  kind: "http" | "secrets" | "events",
  ...entries: readonly (GrantEntry | undefined)[]
): GrantEntry {
  const all = [...new Set(entries.flatMap((entry) => entry?.[kind] ?? []))];
  return all.length > 0 ? { [kind]: all } : {};
}
