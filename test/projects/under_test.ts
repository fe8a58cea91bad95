/** Projects over real parts, in a folder of their own. @module */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/host/adapters/clock/system.ts";
import { randomIds } from "../../src/host/adapters/ids/random.ts";
import { createGitResources } from "../../src/host/adapters/resources/git.ts";
import { memoryFiles } from "../../src/host/adapters/resources/memory_files.ts";
import { sealedSecrets } from "../../src/host/adapters/secrets/sealed.ts";
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import { createController } from "../../src/host/engine/controller.ts";
import type { Controller } from "../../src/host/engine/controller_types.ts";
import type { Resources } from "../../src/host/ports/resources.ts";
import type { Secrets } from "../../src/host/ports/secrets.ts";
import type { Store } from "../../src/host/ports/store.ts";
import { createProjects, type Projects } from "../../src/host/projects/projects.ts";
import { readEvent } from "../../src/host/tables/event_table.ts";
import { HOST_TABLES } from "../../src/host/tables/migrations.ts";
import type { KeptnEvent } from "../../src/spec/event.ts";
import type { Json } from "../../src/spec/json.ts";

export interface UnderTest {
  readonly projects: Projects;
  readonly resources: Resources;
  readonly store: Store;
  readonly secrets: Secrets;
  readonly controller: Controller;
  /** Projects that others were told to forget. */
  readonly forgotten: readonly string[];
  /** Short type and data of the recorded events, oldest first. */
  events(project?: string): Promise<(readonly [type: string, data: Json])[]>;
  trigger(project: string, stage: string, service: string): KeptnEvent;
  /** Lets every write of the repositories and projects fail. */
  breakWrites(broken: boolean): void;
  close(): Promise<void>;
}

export async function projectsUnderTest(): Promise<UnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "periplus-projects-"));
  const opened = await openLibsqlStore({
    url: `file:${join(folder, "host.db")}`,
    migrations: [HOST_TABLES],
  });
  let broken = false;
  const store: Store = {
    read: (statements) => opened.read(statements),
    write: (statements) =>
      broken ? Promise.reject(new Error("no more writes")) : opened.write(statements),
    close: () => opened.close(),
  };
  const clock = systemClock();
  const ids = randomIds();
  const log = (): void => {};
  const rules = { taskStartedWait: 600_000 };
  const controller = await createController({ store: opened, clock, ids, log, rules });
  const resources = createGitResources({ store, files: memoryFiles(), clock, log });
  const secrets = await sealedSecrets(opened, clock, new Uint8Array(32));
  const forgotten: string[] = [];
  const forget = async (project: string): Promise<void> => void forgotten.push(project);
  const projects = createProjects({ store, resources, controller, clock, ids, secrets, forget });
  return {
    projects,
    resources,
    store: opened,
    secrets,
    controller,
    forgotten,
    async events(project = "p") {
      const [rows] = await opened.read([
        { sql: "SELECT body FROM event WHERE project = ? ORDER BY seq", args: [project] },
      ]);
      return rows!
        .map(readEvent)
        .map(({ type, data }) => [type.replace("sh.keptn.event.", ""), data] as const);
    },
    trigger: (project, stage, service) => ({
      id: ids.uuid(),
      source: "test",
      specversion: "1.0",
      type: `sh.keptn.event.${stage}.evaluation.triggered`,
      shkeptncontext: ids.uuid(),
      data: { project, stage, service },
    }),
    breakWrites: (value) => {
      broken = value;
    },
    async close() {
      await controller.stop();
      await opened.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
