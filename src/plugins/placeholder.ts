/**
 * Texts that stand for secrets inside guests; the broker puts the real thing in at the last moment.
 *
 * `secret` placeholders come from the host and are opaque. `basic` and `hmac` wrap one, so that the
 * host computes the header; their other parts are base64url of UTF-8.
 *
 * @module
 */

/** Finds every `basic` and `hmac` placeholder of a text: kind, first part, second part, secret. */
export const COMPUTED_PLACEHOLDER =
  /\$periplus\.(basic|hmac)\(([A-Za-z0-9_-]*),([A-Za-z0-9_-]*),([^()]+)\)\$/g;

/** `Basic` credentials of a user and a secret. */
export function basicPlaceholder(user: string, secret: string): string {
  return `$periplus.basic(${base64url(user)},,${secret})$`;
}

/** The lower-case hexadecimal HMAC of a body under a secret. */
export function hmacPlaceholder(
  secret: string,
  algorithm: "sha1" | "sha256" | "sha512",
  body: string,
): string {
  return `$periplus.hmac(${algorithm},${base64url(body)},${secret})$`;
}

/** The text behind a base64url part of a computed placeholder. */
export function placeholderPart(part: string): string {
  const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}

function base64url(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
