/** A real host in its own process, and a lean HTTP client for it. @module */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Such as `--cpu-prof`, to see where the time of a host goes. */
const NODE_ARGS = process.env.BENCH_NODE_ARGS?.split(" ") ?? [];

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Keeps connections open; resolves with the whole body. */
export class Client {
  private readonly port: number;
  private readonly token: string;
  private readonly agent: Agent;

  constructor(port: number, token: string, sockets: number) {
    this.port = port;
    this.token = token;
    this.agent = new Agent({ keepAlive: true, maxSockets: sockets });
  }

  send(method: string, path: string, body?: string, type = "application/json"): Promise<Answer> {
    const headers: Record<string, string | number> = { "x-token": this.token };
    if (body !== undefined) {
      headers["content-type"] = type;
      headers["content-length"] = Buffer.byteLength(body);
    }
    return new Promise((resolve, reject) => {
      const { port, agent } = this;
      const sent = request(
        { port, host: "127.0.0.1", method, path, headers, agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
          );
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** Calls back with the context of each event of a type as the live stream tells it; returns what ends it. */
  watch(type: string, seen: (context: string) => void): Promise<() => void> {
    const { port, token } = this;
    const path = `/api/v1/events/stream?type=${type}`;
    return new Promise((resolve, reject) => {
      const sent = request(
        { port, host: "127.0.0.1", path, headers: { "x-token": token } },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => {
            const lines = (text + chunk).split("\n");
            text = lines.pop()!;
            for (const line of lines) {
              const context = /^data:.*"shkeptncontext":"([^"]*)"/.exec(line)?.[1];
              if (context) seen(context);
            }
          });
          resolve(() => sent.destroy());
        },
      );
      sent.on("error", reject);
      sent.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

export interface BenchHost {
  readonly client: Client;
  readonly pid: number;
  readonly folder: string;
  readonly port: number;
  readonly token: string;
  /** Milliseconds from the start of the process to its ready line. */
  readonly readyMs: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Removes the data as well. */
  remove(): void;
}

export interface HostOptions {
  readonly root: string;
  /** Plugin name → text of its `plugin.ts`. */
  readonly plugins?: { readonly [name: string]: string };
  /** Data of an earlier host. */
  readonly folder?: string;
  readonly sockets?: number;
}

/** Starts `periplus serve` on a data directory and waits for its ready line. */
export async function startHost({
  root,
  plugins = {},
  folder,
  sockets = 64,
}: HostOptions): Promise<BenchHost> {
  const place = folder ?? mkdtempSync(join(tmpdir(), "periplus-bench-"));
  const pluginsDir = join(place, "plugins");
  mkdirSync(pluginsDir, { recursive: true });
  for (const [name, text] of Object.entries(plugins)) {
    mkdirSync(join(pluginsDir, name), { recursive: true });
    writeFileSync(join(pluginsDir, name, "plugin.ts"), text);
  }
  const port = await freePort();
  const env = {
    ...process.env,
    PORT: String(port),
    PERIPLUS_DATA_DIR: join(place, "data"),
    PERIPLUS_PLUGINS_DIR: pluginsDir,
    LOG_LEVEL: "error",
  };
  const started = performance.now();
  const child = spawn(process.execPath, [...NODE_ARGS, join(root, "bin", "periplus.js"), "serve"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await readyLine(child);
  const readyMs = performance.now() - started;
  const token = readFileSync(join(place, "data", "token"), "utf8").trim();
  const client = new Client(port, token, sockets);
  return {
    client,
    pid: child.pid!,
    folder: place,
    port,
    token,
    readyMs,
    stop: (signal = "SIGTERM") => {
      client.close();
      return ended(child, signal);
    },
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}

const SHIPYARD = `apiVersion: spec.keptn.sh/0.2.3
kind: Shipyard
metadata: { name: bench }
spec:
  stages:
    - name: dev
      sequences: [{ name: delivery, tasks: [{ name: one }, { name: two }, { name: three }] }]
`;

/** A project with the sequence `delivery` of three tasks in stage `dev`. */
export async function createProject({ client }: BenchHost, name = "bench"): Promise<void> {
  const shipyard = Buffer.from(SHIPYARD).toString("base64");
  const created = await client.send(
    "POST",
    "/api/controlPlane/v1/project",
    JSON.stringify({ name, shipyard }),
  );
  if (created.status !== 201) throw new Error(`project: ${created.status} ${created.text}`);
}

/** Body of a trigger of about 2 KB. */
export function triggerBody(service: string, context?: string): string {
  return JSON.stringify({
    type: "sh.keptn.event.dev.delivery.triggered",
    source: "bench",
    specversion: "1.0",
    ...(context ? { shkeptncontext: context } : {}),
    data: {
      project: "bench",
      stage: "dev",
      service,
      configurationChange: { values: { image: "registry.example/shop/carts:0.13.4" } },
      labels: { buildId: "1234", owner: "bench" },
      note: "x".repeat(1_600),
    },
  });
}

/** Memory of a process and its children in MB (resident). */
export function residentMb(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  const own = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  const below =
    children === "" ? [] : children.split(" ").map((child) => residentMb(Number(child)));
  return Number(own?.[1] ?? 0) / 1024 + below.reduce((sum, mb) => sum + mb, 0);
}

/** CPU time of a process so far, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function readyLine(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (/ready in \d+ ms[\s\S]*plugins .*\n/.test(text)) resolve();
    });
    child.once("exit", (code) => reject(new Error(`the host ended with ${code}: ${text}`)));
  });
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
