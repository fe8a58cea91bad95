/** Puts secrets into what leaves, and takes them out of what comes back. @module */
import { COMPUTED_PLACEHOLDER, placeholderPart } from "./placeholder.ts";

const PLAIN = /pps_[0-9a-f]{64}/g;
const MASK = "***";

/** Tells whether a text holds any placeholder. */
export function holdsSecret(text: string): boolean {
  return text.search(PLAIN) >= 0;
}

/** Replaces every placeholder by its value; unknown ones stay as they are. */
export async function reveal(text: string, secrets: ReadonlyMap<string, string>): Promise<string> {
  if (!holdsSecret(text)) return text;
  let revealed = "";
  let end = 0;
  for (const match of text.matchAll(COMPUTED_PLACEHOLDER)) {
    const [whole, kind = "", first = "", second = "", secret = ""] = match;
    const value = secrets.get(secret);
    revealed += text.slice(end, match.index);
    revealed += value === undefined ? whole : await compute(kind, first, second, value);
    end = match.index + whole.length;
  }
  revealed += text.slice(end);
  return revealed.replace(PLAIN, (placeholder) => secrets.get(placeholder) ?? placeholder);
}

/** Masks the values of secrets, plain and in base64. */
export function mask(text: string, secrets: ReadonlyMap<string, string>): string {
  let masked = text;
  for (const value of secrets.values()) {
    if (value === "") continue;
    masked = masked.replaceAll(value, MASK).replaceAll(base64(value), MASK);
  }
  return masked;
}

async function compute(
  kind: string,
  first: string,
  second: string,
  secret: string,
): Promise<string> {
  if (kind === "basic") return `Basic ${base64(`${placeholderPart(first)}:${secret}`)}`;
  const hash = `SHA-${first.replace("sha", "")}`;
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    bytes.encode(secret),
    { name: "HMAC", hash },
    false,
    ["sign"],
  );
  const signed = await crypto.subtle.sign("HMAC", key, bytes.encode(placeholderPart(second)));
  return hex(new Uint8Array(signed));
}

/** The placeholder of a secret for one task: stable across its resumptions, unknown to everybody else. */
export async function placeholderFor(salt: string, task: string, key: string): Promise<string> {
  const text = new TextEncoder().encode(`${salt}\n${task}\n${key}`);
  return `pps_${hex(new Uint8Array(await crypto.subtle.digest("SHA-256", text)))}`;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
