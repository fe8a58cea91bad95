/** `console` of a guest: its lines go into the host's log. @module */

type Level = "info" | "warn" | "error";
type Print = (...parts: unknown[]) => void;

/** One line out of the arguments of `console.log`. */
export function lineOf(parts: readonly unknown[]): string {
  return parts.map(show).join(" ");
}

/** A console without the parts that need a terminal. */
export function createConsole(log: (level: Level, line: string) => void): {
  readonly [method: string]: Print;
} {
  const at =
    (level: Level): Print =>
    (...parts) =>
      log(level, lineOf(parts));
  return Object.freeze({
    log: at("info"),
    info: at("info"),
    debug: at("info"),
    warn: at("warn"),
    error: at("error"),
    trace: at("info"),
  });
}

function show(part: unknown): string {
  if (typeof part === "string") return part;
  if (part instanceof Error) return `${part.name}: ${part.message}`;
  if (typeof part !== "object" || part === null) return String(part);
  try {
    return JSON.stringify(part) ?? String(part);
  } catch {
    return Object.prototype.toString.call(part);
  }
}
