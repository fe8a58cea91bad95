/** Where a request for a resource points to (Keptn: http-api.md 1.6). @module */
import { KeptnError } from "../../spec/errors.ts";

const ESCAPE = /%[0-9A-Fa-f]{2}/;

export interface ResourcePath {
  /** Path of the file. */
  readonly path: string;
  /** The name as Keptn's answers repeat it: encoded once. */
  readonly echo: string;
}

/**
 * Reads what follows `/resource/` in a raw request path.
 *
 * Clients encode the name once, or twice to survive Keptn's gateway, or not at all; a plus is a
 * blank.
 *
 * @throws {KeptnError} ERR_RESOURCE_URI for a broken escape
 */
export function readResourcePath(raw: string): ResourcePath {
  const once = decode(raw.replaceAll("+", "%20"));
  if (!ESCAPE.test(once)) return { path: once, echo: raw };
  return { path: decode(once), echo: once };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new KeptnError(
      "ERR_RESOURCE_URI",
      `invalid resource uri: ${text} is not percent-encoded UTF-8; write a slash as %2F`,
      { uri: text },
      error,
    );
  }
}
