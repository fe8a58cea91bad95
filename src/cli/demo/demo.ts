/** The demo from start to end. @module */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { formatSpan } from "../../spec/duration.ts";
import { KeptnError } from "../../spec/errors.ts";
import type { Connection, HOST_FLAGS } from "../connect.ts";
import type { Values } from "../flags.ts";
import type { Io } from "../io.ts";
import type { Place } from "../place.ts";
import { pageLink } from "../verbs/auth.ts";
import { tell, type Told } from "./chapter.ts";
import { type Crew, endCrew, readCrew } from "./crew.ts";
import { dataFolder, findOrStart } from "./host.ts";
import { suggestions } from "./next.ts";
import { patient } from "./patient.ts";
import { clearProject, createDemoProject, grantPrometheus } from "./project.ts";
import { PROJECT } from "./scene.ts";
import { goodDelivery, problem, slowDelivery, spoilProduction } from "./story.ts";

interface Wanted {
  readonly flags: Values<typeof HOST_FLAGS> & {
    readonly interactive: boolean;
    readonly remove: boolean;
  };
  readonly io: Io;
  readonly place: Place;
}

const CREW_MS = 30_000;

/** Resolves with 0 only when every outcome was the expected one. */
export async function runDemo({ flags, io, place }: Wanted): Promise<number> {
  const began = Date.now();
  const folder = join(dataFolder(io), "demo");
  const host = await findOrStart(flags, io, place);
  const say = (line: string): void => io.out.write(`${line}\n`);
  const cleared = await patient(host, io, () => clearProject(host.client));
  await endCrew(folder);
  if (flags.remove) {
    say(cleared ? `project ${PROJECT} and its grant are removed` : "there is nothing to remove");
    return 0;
  }
  say(`host ${host.endpoint} (${host.started ? "started, it stays" : host.source})`);
  say(`page ${(await pageLink(host)) ?? "needs a token of its own"}`);
  const crew = await startCrew(flags, folder, io, place);
  say(`shop ${crew.shop}, measured by ${crew.answeredBy} at ${crew.query}`);
  await setUp(host, crew, io, place);

  const stagehand = { host, io, interactive: flags.interactive };
  if (flags.interactive) say(`you approve: on the page, or with ${calledBy(io, place)} approve`);
  const good = await tell(goodDelivery(host.client), stagehand);
  const slow = await tell(slowDelivery(host.client), stagehand);
  const share = await patient(host, io, () => spoilProduction(host.client, crew));
  say(`\nproduction: the promotion is on, ${Math.round(share * 100)} % of the requests fail`);
  const repaired = await tell(problem(host.client, crew), stagehand);
  return end({ told: [good, slow, repaired], slow, crew, host, io, place, folder, began });
}

/** Project and grant; a host that is killed meanwhile finds both, or none, or is given them again. */
async function setUp(host: Connection, crew: Crew, io: Io, place: Place): Promise<void> {
  const { client } = host;
  await patient(host, io, async () => {
    await clearProject(client);
    await createDemoProject(client, crew, place);
  });
  io.out.write(`project ${PROJECT} with stages dev, staging, production\n`);
  const grant = await patient(host, io, () => grantPrometheus(client, crew.query));
  io.out.write(`granted: ${calledBy(io, place)} ${grant}\n`);
}

async function end({
  told,
  slow,
  crew,
  host,
  io,
  place,
  folder,
  began,
}: {
  readonly told: readonly Told[];
  readonly slow: Told;
  readonly crew: Crew;
  readonly host: Connection;
  readonly io: Io;
  readonly place: Place;
  readonly folder: string;
  readonly began: number;
}): Promise<number> {
  const problems = told.flatMap((one) => one.problems);
  const took = formatSpan(Date.now() - began);
  io.out.write(
    problems.length === 0
      ? `\nEverything ended as expected, in ${took}.\n`
      : `\nNot as expected, after ${took}: ${problems.join("; ")}\n`,
  );
  if (problems.length > 0) return 1;
  const periplus = calledBy(io, place);
  io.out.write("\nTo try next:\n");
  const next = suggestions({ slow: slow.timeline, crew, periplus, place, cwd: io.cwd, folder });
  for (const { title, command } of next) io.out.write(`\n# ${title}\n${command}\n`);
  io.out.write(`\nThe host goes on: page ${(await pageLink(host)) ?? host.endpoint}\n`);
  io.out.write(`End it with ${periplus} stop, remove the demo with ${periplus} demo --remove\n`);
  return 0;
}

/** Starts what outlives this command; resolves when all of it answers. */
async function startCrew(
  flags: Values<typeof HOST_FLAGS>,
  folder: string,
  io: Io,
  place: Place,
): Promise<Crew> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "crew.log");
  const log = openSync(path, "w");
  const named = flags.endpoint ? ["--endpoint", flags.endpoint] : [];
  const token = flags["api-token"] ? { KEPTN_API_TOKEN: flags["api-token"] } : {};
  const program = join(place.root, "bin/periplus.js");
  const child = spawn(process.execPath, [program, "demo", "crew", ...named], {
    cwd: io.cwd,
    env: { ...io.env, ...token } as NodeJS.ProcessEnv,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  for (const until = Date.now() + CREW_MS; Date.now() < until; await sleep(50)) {
    io.interrupted.throwIfAborted();
    const crew = readCrew(folder);
    if (crew) return crew;
    if (child.exitCode !== null) break;
  }
  throw new KeptnError("ERR_HOST_UNREACHABLE", `shop and Prometheus did not start: see ${path}`);
}

/** How the command is called from this folder, so that what is printed works. */
function calledBy(io: Io, { root }: Place): string {
  const folder = io.env.PERIPLUS_DATA_DIR;
  const where = folder ? `PERIPLUS_DATA_DIR=${folder} ` : "";
  if (!existsSync(join(root, "package-lock.json"))) return `${where}periplus`;
  const inside = !relative(root, io.cwd).startsWith("..");
  return inside ? `${where}npx periplus` : `${where}node ${join(root, "bin/periplus.js")}`;
}
