/** One scenario's host: the real engine on the real store, in virtual time. @module */
import { openLibsqlStore } from "../../src/host/adapters/store/libsql.ts";
import { createController } from "../../src/host/engine/controller.ts";
import type { Controller } from "../../src/host/engine/controller_types.ts";
import type { Store } from "../../src/host/ports/store.ts";
import { HOST_TABLES } from "../../src/host/tables/migrations.ts";
import { sql } from "../../src/host/tables/statement.ts";
import { VirtualClock } from "./clock.ts";

export const PROJECT = "p";
/** The instant 0 of the scenarios, in milliseconds. */
export const EPOCH = Date.UTC(2024, 0, 1);

export interface Given {
  /** YAML text; null = the file cannot be fetched. */
  readonly shipyard: string | null;
  /** Stage → head commit; null = the lookup fails. */
  readonly commits: ReadonlyMap<string, string | null>;
  /** Heads of the stages that `commits` does not name. */
  readonly stages: readonly string[];
  /** Seconds. */
  readonly taskStartedWait: number;
}

export interface ScenarioHost {
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly controller: Controller;
  /** The id that the host gives next, when set. */
  nextId?: string;
  setShipyard(text: string | null, stages: readonly string[]): Promise<void>;
  setCommits(commits: ReadonlyMap<string, string | null>): Promise<void>;
  close(): Promise<void>;
}

export async function openScenarioHost(given: Given): Promise<ScenarioHost> {
  const store = await openLibsqlStore({ url: ":memory:", migrations: [HOST_TABLES] });
  const clock = new VirtualClock(EPOCH);
  let made = 0;
  const nextId = (): string => {
    const given = host?.nextId;
    if (host) delete host.nextId;
    return given ?? `host-${made++}`;
  };
  let host: ScenarioHost | undefined;
  const controller = await createController({
    store,
    clock,
    ids: { uuid: nextId, bytes: (count) => new Uint8Array(count) },
    log: () => undefined,
    rules: { taskStartedWait: given.taskStartedWait * 1_000, specVersion: "0.2.4" },
  });
  const opened: ScenarioHost = {
    store,
    clock,
    controller,
    setShipyard: (text, stages) => setShipyard(store, text, stages, given.commits),
    setCommits: (commits) => setCommits(store, commits),
    async close() {
      await controller.stop();
      await store.close();
    },
  };
  await store.write([
    sql(
      `INSERT INTO project (name, version, shipyard, created, body) VALUES (?, 1, '', 0, '{}')`,
      PROJECT,
    ),
  ]);
  await opened.setShipyard(given.shipyard, given.stages);
  await opened.setCommits(given.commits);
  host = opened;
  return opened;
}

async function setShipyard(
  store: Store,
  text: string | null,
  stages: readonly string[],
  commits: ReadonlyMap<string, string | null>,
): Promise<void> {
  const unnamed = stages.filter((stage) => !commits.has(stage));
  await store.write([
    sql(
      `UPDATE project SET shipyard = ?, version = version + 1 WHERE name = ?`,
      text ?? "",
      PROJECT,
    ),
    ...unnamed.map((stage) =>
      sql(
        `INSERT INTO branch (project, name, head, version) VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING`,
        PROJECT,
        stage,
        `head-of-${stage}`,
      ),
    ),
  ]);
}

async function setCommits(
  store: Store,
  commits: ReadonlyMap<string, string | null>,
): Promise<void> {
  if (commits.size === 0) return;
  await store.write(
    [...commits].map(([stage, commit]) =>
      commit === null
        ? sql(`DELETE FROM branch WHERE project = ? AND name = ?`, PROJECT, stage)
        : sql(
            `INSERT INTO branch (project, name, head, version) VALUES (?, ?, ?, 1)
             ON CONFLICT (project, name) DO UPDATE SET head = excluded.head, version = version + 1`,
            PROJECT,
            stage,
            commit,
          ),
    ),
  );
}
