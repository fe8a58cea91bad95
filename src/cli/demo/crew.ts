/** What runs beside the host during and after the demo: shop, Prometheus, execution plane. @module */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import { writeYaml } from "../../spec/yaml.ts";
import type { Connection } from "../connect.ts";
import type { Io } from "../io.ts";
import type { Place } from "../place.ts";
import { freePort, isAlive, keep, type Program } from "./child.ts";
import { findProgram, preparePrometheus } from "./prometheus.ts";
import { demoFile, jobOf, STAGES } from "./scene.ts";

const crewFile = z.object({
  /** Process that keeps the others running. */
  pid: z.number(),
  shop: z.string(),
  query: z.string(),
  /** Who answers the queries, for people. */
  answeredBy: z.string(),
});
export type Crew = z.infer<typeof crewFile>;

/** What the programs are made of. */
interface Beginning {
  readonly folder: string;
  readonly io: Io;
  readonly place: Place;
  readonly shop: string;
  readonly queryPort: number;
  readonly self: (name: string, ...args: string[]) => Program;
}

const READY_MS = 20_000;
const LOOK_MS = 2_000;
/** A host that stays away for longer than this does not come back. */
const GONE_MS = 180_000;

/** Ports and programs are chosen once, so that what is started again is found where it was. */
export async function runCrew(
  host: Connection,
  folder: string,
  io: Io,
  place: Place,
): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const [shopPort, queryPort] = [await freePort(), await freePort()];
  const shop = `http://127.0.0.1:${shopPort}`;
  const query = `http://127.0.0.1:${queryPort}`;
  const self = (name: string, ...args: string[]): Program => ({
    name,
    command: process.execPath,
    args: [join(place.root, "bin/periplus.js"), ...args],
    env: { ...io.env, KEPTN_ENDPOINT: host.endpoint, KEPTN_API_TOKEN: host.token },
    log: join(folder, `${name}.log`),
  });
  const beginning = { folder, io, place, shop, queryPort, self };
  const { program: answering, answeredBy } = queryProgram(beginning);
  const programs = [
    self("shop", "demo", "workload", "--port", String(shopPort)),
    answering,
    plane(beginning),
  ];
  const kept = programs.map(keep);
  const crew: Crew = { pid: process.pid, shop, query, answeredBy };
  const path = join(folder, "crew.json");
  try {
    await Promise.all(STAGES.map((stage) => measured(query, stage, io)));
    writeFileSync(`${path}.draft`, JSON.stringify(crew));
    renameSync(`${path}.draft`, path);
    await untilHostEnds(host, io);
  } finally {
    if (readCrew(folder)?.pid === process.pid) rmSync(path);
    await Promise.all(kept.map((one) => one.stop()));
  }
  return 0;
}

/** The crew that runs now; undefined when there is none. */
export function readCrew(folder: string): Crew | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, "crew.json"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const crew = crewFile.parse(JSON.parse(text));
  return isAlive(crew.pid) ? crew : undefined;
}

/** Ends the crew of a folder and waits until it is gone. */
export async function endCrew(folder: string): Promise<void> {
  const crew = readCrew(folder);
  if (!crew) return;
  process.kill(crew.pid, "SIGTERM");
  while (isAlive(crew.pid)) await sleep(20);
}

function queryProgram({ folder, io, shop, queryPort, self }: Beginning): {
  program: Program;
  answeredBy: string;
} {
  const found = findProgram("prometheus", io.env.PATH ?? "");
  if (!found) {
    const program = self("scraper", "demo", "scraper", "--port", String(queryPort), "--shop", shop);
    return { program, answeredBy: "the built-in scraper (no prometheus on the PATH)" };
  }
  const targets = STAGES.map((stage) => ({ job: jobOf(stage), url: `${shop}/${stage}/metrics` }));
  const args = preparePrometheus(folder, queryPort, targets);
  const log = join(folder, "prometheus.log");
  const program = { name: "prometheus", command: found, args, env: io.env, log };
  return { program, answeredBy: `Prometheus (${found})` };
}

/** Two executors of `test`: a plugin, which may reach the shop, and a plain program. */
function plane({ folder, shop, place, self }: Beginning): Program {
  const data = join(folder, "plane");
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(join(data, "grants.yaml"), writeYaml({ smoke: [{ http: [new URL(shop).host] }] }));
  const load = `test="${process.execPath}" "${demoFile(place, "load.js")}"`;
  const plugins = demoFile(place, "plugins");
  return self("plane", "plane", "--data-dir", data, "--plugins-dir", plugins, "--run", load);
}

/** Resolves once a stage has been scraped twice, so that a rate can be told. */
async function measured(query: string, stage: string, io: Io): Promise<void> {
  const rate = `sum(rate(http_requests_total{job="${jobOf(stage)}"}[5s]))`;
  const url = `${query}/api/v1/query?query=${encodeURIComponent(rate)}`;
  for (const until = Date.now() + READY_MS; Date.now() < until; await sleep(50)) {
    io.interrupted.throwIfAborted();
    const answer = await look(url);
    if (answer?.ok && (await answer.text()).includes('"value"')) return;
  }
  const seconds = READY_MS / 1_000;
  throw new KeptnError("ERR_HOST_UNREACHABLE", `${url} had no value within ${seconds} s`);
}

/** Undefined when nothing answers: not up yet, or away. */
async function look(url: string): Promise<Response | undefined> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(LOOK_MS) });
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === "TimeoutError") return undefined;
    throw error;
  }
}

/** A host that ends by itself takes its announcement back; one that was killed cannot. */
function wasStopped({ source }: Connection): boolean {
  return source.endsWith("host.json") && !existsSync(source);
}

/** Resolves when the host was stopped, stays away, or the crew is told to end. */
async function untilHostEnds(host: Connection, io: Io): Promise<void> {
  let seen = Date.now();
  while (!io.interrupted.aborted && !wasStopped(host) && Date.now() - seen < GONE_MS) {
    if ((await look(`${host.endpoint}/health`))?.ok) seen = Date.now();
    await sleep(LOOK_MS, undefined, { signal: io.interrupted }).catch(() => undefined);
  }
}
