/** What a local verb may touch of the process that runs it. @module */

export interface CommandIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: { readonly [name: string]: string | undefined };
  /** Files are named relative to it. */
  readonly cwd: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
