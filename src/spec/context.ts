/** Keptn contexts: the UUID that spans all events of one delivery. @module */

/** The spellings that Keptn's UUID reader took: plain, without hyphens, `urn:uuid:…`, `{…}`. */
const UUID =
  /^(?:(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}|[0-9a-f]{32})$/i;

/**
 * The context under which an event is recorded (Keptn: orchestration.md 5.1).
 *
 * A UUID is kept as it is, nothing becomes a fresh one, and any other text becomes the UUID of its
 * first 16 bytes: the same text always names the same context.
 */
export function keptnContextFrom(text: string | undefined, uuid: () => string): string {
  if (text === undefined || text === "") return uuid();
  return UUID.test(text) ? text : uuidOfText(text);
}

function uuidOfText(text: string): string {
  const bytes = new TextEncoder().encode(text.padEnd(16)).slice(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
