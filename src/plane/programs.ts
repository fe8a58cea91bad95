/** Programs as executors: any command line answers a task (design D14). @module */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { dataOf, type KeptnEvent } from "../spec/event.ts";
import { isObject, type JsonObject, textAt } from "../spec/json.ts";
import { scopeOf } from "../plugins/answer.ts";
import type { Manifest } from "../plugins/manifest.ts";
import type { Found } from "../plugins/registry.ts";
import type {
  Activation,
  ActivationResult,
  Ended,
  LoadedPlugin,
  SandboxHost,
} from "../plugins/sandbox/types.ts";

const SCHEME = "program:";
const LOG_EVERY = 1_000;
const KILL_AFTER = 10_000;
const MAX_LOG = 8_000;
/** Index of the call that says "started"; the lines of the log follow. */
const BEGUN = 0;

/** Programs, found like plugins: one per task. */
export function programsFound(programs: ReadonlyMap<string, string>, source: string): Found[] {
  return [...programs].map(([task, command]) => ({
    name: `run-${task}`,
    path: command,
    shipped: true,
    stamp: command,
    bundle: () =>
      Promise.resolve({
        name: `run-${task}`,
        code: SCHEME + JSON.stringify({ task, command, source }),
        map: "",
      }),
  }));
}

/** A sandbox host that runs programs beside what the inner one runs; the inner one is made when needed. */
export function withPrograms(inner: () => Promise<SandboxHost>): SandboxHost {
  let opened: Promise<SandboxHost> | undefined;
  return {
    async load(bundle) {
      if (!bundle.code.startsWith(SCHEME)) return (await (opened ??= inner())).load(bundle);
      const { task, command, source } = JSON.parse(bundle.code.slice(SCHEME.length)) as {
        task: string;
        command: string;
        source: string;
      };
      return program(bundle.name, task, command, source);
    },
    async close() {
      await (await opened)?.close();
    },
  };
}

function program(name: string, task: string, command: string, source: string): LoadedPlugin {
  const running = new Map<string, ChildProcess>();
  return {
    manifest: manifestOf(name, task, source),
    hash: `${SCHEME}${task}=${command}`,
    async run(activation): Promise<ActivationResult> {
      const event = activation.input.event;
      // Said before the first line: else another executor's answer could end the task without it.
      const begun = { index: BEGUN, name: "started", args: {} };
      void activation
        .call(begun, new AbortController().signal)
        .catch(() => activation.log("warn", "that the program started was not told"));
      const child = start(command, task, event);
      const id = String(event.id);
      running.set(id, child);
      try {
        return { ended: await follow(child, activation), fuel: 0 };
      } finally {
        running.delete(id);
      }
    },
    interrupt(id) {
      const child = running.get(id);
      if (child) end(child);
    },
    close() {
      for (const child of running.values()) end(child);
      return Promise.resolve();
    },
  };
}

function manifestOf(name: string, task: string, source: string): Manifest {
  return {
    name,
    version: "1",
    source,
    api: 1,
    allow: { http: [], secrets: [], events: [], resources: "read" },
    limits: { fuel: 0, memory: 0, wall: 0, calls: 0 },
    tasks: { [task]: { cancels: false, onUncertain: "resend" } },
    on: [],
  };
}

/** The event goes to stdin and into the environment; the program leads a group, so that all of it can be ended. */
function start(command: string, task: string, event: JsonObject): ChildProcess {
  const child = spawn(command, {
    shell: true,
    detached: true,
    env: { ...process.env, ...environment(task, event) },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A program that does not read its input closes the pipe early: that is its right.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(`${JSON.stringify(event)}\n`);
  return child;
}

function environment(task: string, event: JsonObject): { [name: string]: string } {
  const trigger = event as unknown as KeptnEvent;
  const { project, stage, service, labels } = scopeOf(trigger) as {
    [name: string]: string;
  } & { labels?: { [name: string]: string } };
  const named = Object.entries(labels ?? {}).map(([name, value]) => [
    `LABELS_${name.toUpperCase().replace(/[- ]/g, "_")}`,
    value,
  ]);
  const image = textAt(dataOf(trigger), "configurationChange", "values", "image");
  return {
    ...(Object.fromEntries(named) as { [name: string]: string }),
    KEPTN_PROJECT: project ?? "",
    KEPTN_STAGE: stage ?? "",
    KEPTN_SERVICE: service ?? "",
    KEPTN_TASK: task,
    KEPTN_CONTEXT: String(event.shkeptncontext ?? ""),
    KEPTN_EVENT_ID: String(event.id ?? ""),
    KEPTN_EVENT_TYPE: String(event.type ?? ""),
    ...(image === undefined ? {} : { KEPTN_IMAGE: image }),
  };
}

interface Output {
  /** The last line, which may be the data. */
  last: string;
  lastError: string;
}

async function follow(child: ChildProcess, activation: Activation): Promise<Ended> {
  const seen: Output = { last: "", lastError: "" };
  const told = new LiveLog(activation);
  const lines = [
    readLines(child.stdout, (line) => {
      if (seen.last !== "") told.add(seen.last);
      seen.last = line;
    }),
    readLines(child.stderr, (line) => {
      seen.lastError = line;
      told.add(line);
    }),
  ];
  const ended = await new Promise<Exit>((resolve) => {
    child.on("error", (error) => resolve({ error: error.message }));
    child.on("close", (code, signal) =>
      resolve(signal === null ? { code: code ?? 1 } : { signal }),
    );
  });
  await Promise.all(lines);
  const data = dataLine(seen.last);
  if (data === undefined && seen.last !== "") told.add(seen.last);
  await told.flush();
  return judge(ended, data, seen);
}

type Exit = { readonly code: number } | { readonly signal: string } | { readonly error: string };

/** 0 passes, 3 warns, others fail; what could not run at all is errored. */
function judge(exit: Exit, data: JsonObject | undefined, { last, lastError }: Output): Ended {
  if ("error" in exit) return threw(exit.error);
  if ("signal" in exit) return threw(`the program was ended by ${exit.signal}`);
  const said = textAt(data, "message");
  const { message: _said, ...rest } = data ?? {};
  const more = data === undefined ? {} : { data: rest };
  if (exit.code === 126 || exit.code === 127) return threw(lastError || `exit code ${exit.code}`);
  if (exit.code === 0 || exit.code === 3) {
    const result = exit.code === 0 ? "pass" : "warning";
    return { kind: "returned", result, ...more, ...(said === undefined ? {} : { message: said }) };
  }
  const why = said ?? (lastError || (data === undefined ? last : ""));
  const message = why ? `${why} (exit code ${exit.code})` : `exit code ${exit.code}`;
  return { kind: "returned", result: "fail", message, ...more };
}

function threw(message: string): Ended {
  return { kind: "failed", failure: "threw", name: "Error", message };
}

function dataLine(line: string): JsonObject | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    // A line that only looks like JSON is a line of the log.
    return undefined;
  }
}

async function readLines(stream: ChildProcess["stdout"], take: (line: string) => void) {
  if (!stream) return;
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) take(line);
}

/** Gathers lines and tells them at most once a second, as one progress. */
class LiveLog {
  private readonly activation: Activation;
  private lines: string[] = [];
  private index = BEGUN + 1;
  private toldAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private telling: Promise<void> = Promise.resolve();

  constructor(activation: Activation) {
    this.activation = activation;
  }

  add(line: string): void {
    this.lines.push(line);
    if (this.timer !== undefined) return;
    const wait = Math.max(0, this.toldAt + LOG_EVERY - Date.now());
    this.timer = setTimeout(() => void this.flush(), wait);
  }

  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.lines.length === 0) return this.telling;
    const message = this.lines.join("\n").slice(-MAX_LOG);
    this.lines = [];
    this.toldAt = Date.now();
    const call = { index: this.index, name: "progress", args: { message } };
    this.index += 1;
    this.telling = this.telling
      .then(() => this.activation.call(call, new AbortController().signal))
      .then(
        () => undefined,
        () => this.activation.log("warn", "a line of the live log was not told"),
      );
    return this.telling;
  }
}

/** SIGTERM to the whole group, SIGKILL to what does not listen. */
function end(child: ChildProcess): void {
  signal(child, "SIGTERM");
  const timer = setTimeout(() => signal(child, "SIGKILL"), KILL_AFTER);
  timer.unref();
  child.once("close", () => clearTimeout(timer));
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    // It is gone already.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
