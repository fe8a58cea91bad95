/** Diagnostic output of the host itself. @module */

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface Log {
  (level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>): void;
}
