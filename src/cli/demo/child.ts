/** Child processes that are started again when they end by themselves. @module */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";

export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Takes what the program prints. */
  readonly log: string;
}
export interface Kept {
  /** Process id of the running child, undefined between two starts. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

const AGAIN_MS = 1_000;
const PATIENCE_MS = 3_000;

/** Keeps a program running until it is told to stop. */
export function keep(program: Program): Kept {
  let child: ChildProcess | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const start = (): void => {
    const log = openSync(program.log, "a");
    child = spawn(program.command, program.args, {
      stdio: ["ignore", log, log],
      env: program.env as NodeJS.ProcessEnv | undefined,
      cwd: program.cwd,
    });
    closeSync(log);
    const again = (): void => {
      child = undefined;
      if (!stopped) timer = setTimeout(start, AGAIN_MS);
    };
    child.once("exit", again);
    child.once("error", again);
  };
  start();
  return {
    get pid() {
      return child?.pid;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (child?.exitCode !== null || child === undefined) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const hard = setTimeout(() => child?.kill("SIGKILL"), PATIENCE_MS);
      await ended;
      clearTimeout(hard);
    },
  };
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
