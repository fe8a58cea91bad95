/** Starts and ends the real host as a process. @module */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const launcher = join(root, "bin/periplus.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  /** Resolves when the process is gone and its output is complete. */
  readonly ended: Promise<Ended>;
}

/** Environment of a test's process: nothing of the machine's own settings. */
export function environment(more: Record<string, string>): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, ...more };
}

export function start(
  command: readonly string[],
  env: Record<string, string>,
  options: { detached?: boolean; cwd?: string } = {},
): Running {
  const child = spawn(command[0]!, command.slice(1), {
    cwd: root,
    env: environment(env),
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout!.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr!.on("data", (chunk) => (stderr += String(chunk)));
  const ended = once(child, "close").then(([code]) => ({
    code: code as number | null,
    stdout,
    stderr,
  }));
  return { child, stdout: () => stdout, ended };
}

/** Starts `serve` by itself; see {@link started}. */
export function serve(env: Record<string, string>, ...flags: string[]): Running {
  return start([process.execPath, launcher, "serve", ...flags], env);
}

/** Resolves with the address of the API once the last start line is printed. */
export async function started({ child, stdout, ended }: Running): Promise<string> {
  let over: Ended | undefined;
  void ended.then((result) => (over = result));
  while (!/^plugins /m.test(stdout())) {
    if (over) throw new Error(`the host ended with ${over.code}: ${over.stderr}`);
    await Promise.race([once(child.stdout!, "data"), ended]);
  }
  return /^api (\S+)$/m.exec(stdout())![1]!;
}
