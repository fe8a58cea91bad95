/** Runs command lines in this process against a real host. @module */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Io, Sink } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";
import { root, serve, started } from "../runtime/serve.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
export interface Shell {
  readonly folder: string;
  /** Runs one command line, split at blanks. */
  run(line: string, env?: Record<string, string>): Promise<Ran>;
}
export interface Hosted extends Shell {
  readonly api: string;
  end(): Promise<void>;
}

/** A folder in which commands run; nothing of the machine's own settings reaches them. */
export function shell(folder: string): Shell {
  return {
    folder,
    async run(line, env = {}) {
      const out = memorySink();
      const err = memorySink();
      const io: Io = {
        out,
        err,
        env: { HOME: folder, ...env },
        cwd: folder,
        interrupted: new AbortController().signal,
      };
      const argv = line.split(" ").filter((word) => word !== "");
      const code = await main(argv, { root, bundles: join(root, "dist") }, io);
      return { code, out: out.text(), err: err.text() };
    },
  };
}

/** A fresh host, found by the commands through its data directory. */
export async function hosted(more: Record<string, string> = {}): Promise<Hosted> {
  const folder = mkdtempSync(join(tmpdir(), "periplus-cli-"));
  const data = join(folder, ".periplus");
  const host = serve({
    PORT: "0",
    PERIPLUS_DATA_DIR: data,
    PERIPLUS_PLUGINS_DIR: join(folder, "plugins"),
    ...more,
  });
  const api = await started(host);
  return {
    ...shell(folder),
    api,
    async end() {
      host.child.kill("SIGTERM");
      await host.ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function memorySink(): Sink & { text(): string } {
  const parts: string[] = [];
  return {
    write: (text) => void parts.push(text),
    isTerminal: false,
    columns: 80,
    text: () => parts.join(""),
  };
}
