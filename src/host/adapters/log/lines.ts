/** Diagnostic output as lines of text. @module */
import type { Log, LogLevel } from "../../ports/log.ts";

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface LineLogOptions {
  /** Less important lines are left out. */
  readonly level: LogLevel;
  readonly now: () => number;
  readonly write: (line: string) => void;
}

/** A log of lines such as `2026-01-31T12:00:00.000Z warn message key=value`. */
export function lineLog({ level, now, write }: LineLogOptions): Log {
  return (lineLevel, message, facts = {}) => {
    if (RANK[lineLevel] < RANK[level]) return;
    const pairs = Object.entries(facts).map(([key, value]) => ` ${key}=${show(value)}`);
    const line = `${new Date(now()).toISOString()} ${lineLevel} ${message}${pairs.join("")}`;
    write(`${line.replaceAll("\n", "\\n")}\n`);
  };
}

function show(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === "string" && /^[\w./:@-]+$/.test(value)) return value;
  return JSON.stringify(value) ?? "-";
}
