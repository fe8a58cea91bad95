/** The plugin platform as one object: registry, supervisor, grants and the API on them. @module */
import { z } from "zod";
import { KeptnError } from "../spec/errors.ts";
import { taskType } from "../spec/event_type.ts";
import type { Json, JsonObject } from "../spec/json.ts";
import { Configs } from "./config.ts";
import { addGrant, allowCommand, GRANT_ENTRY, type Grants } from "./grants.ts";
import { GroupWriter } from "./group_writer.ts";
import type { PlatformPorts, Row, Statement } from "./ports.ts";
import { type Found, type Installed, Registry } from "./registry.ts";
import type { SandboxHost } from "./sandbox/types.ts";
import type { Entry } from "./admission.ts";
import { Supervisor } from "./supervisor.ts";
import { purgeTasks, type TaskRow } from "./task_tables.ts";

/** Where the grants live; read again after every change from outside. */
export interface GrantStore {
  read(): Promise<Grants>;
  write(grants: Grants): Promise<void>;
}

export interface PlatformOptions {
  readonly ports: PlatformPorts;
  readonly sandbox: SandboxHost;
  readonly grants: GrantStore;
  readonly off?: readonly string[];
  readonly dev?: boolean;
  /** No other host shares the store. */
  readonly exclusive?: boolean;
  /** Whether every write of the log asks for `rowsFor`; a plane has no log. */
  readonly ownLog?: boolean;
  /** Runs of one plugin at once; 32 unless set. */
  readonly atOnce?: number;
}

/** More than the machines of a plugin: the next runs lie ready beside them while a commit takes its time. */
const AT_ONCE = 32;

/** What an installed plugin asks for, has, and was denied; one line of `plugin list`. */
export interface PluginView {
  readonly name: string;
  readonly version: string | null;
  readonly state: "ready" | "waiting for grant" | "quarantined" | "broken";
  readonly [field: string]: Json | undefined;
}

export class PluginPlatform {
  readonly registry: Registry;
  readonly supervisor: Supervisor;
  private readonly options: PlatformOptions;
  private grants: Grants = {};
  private changing: Promise<void> = Promise.resolve();

  private constructor(options: PlatformOptions, grants: Grants, salt: string) {
    const { ports, sandbox } = options;
    this.options = options;
    this.grants = grants;
    this.registry = new Registry({
      sandbox,
      store: ports.store,
      log: ports.log,
      off: options.off ?? [],
      dev: options.dev ?? false,
      grants: () => this.grants,
      now: () => ports.clock.now(),
      changed: (name) => this.supervisor.lane(name).forgive(),
    });
    this.supervisor = new Supervisor({
      ports: { ...ports, answerers: this.answerers },
      writer: new GroupWriter(ports.store),
      configs: new Configs(ports.resources),
      salt,
      versions: this.registry,
      owner: ports.ids.uuid(),
      exclusive: options.exclusive ?? true,
      ownLog: options.ownLog ?? true,
      atOnce: options.atOnce ?? AT_ONCE,
      grant: (version, project) => this.registry.grant(version, project),
      denied: (version, denial) => this.registry.denied(version, denial),
    });
  }

  static async open(options: PlatformOptions): Promise<PluginPlatform> {
    const salt = await openSalt(options.ports);
    return new PluginPlatform(options, await options.grants.read(), salt);
  }

  /** Statements for the write of these events; see {@link Supervisor.rowsFor}. */
  readonly rowsFor = (entries: readonly Entry[]): Statement[] => this.supervisor.rowsFor(entries);

  /** To be told of every commit. */
  readonly committed = (entries: readonly Entry[]): void => this.supervisor.committed(entries);

  /** Loads what lies in the plugin roots; call again whenever something changed there. */
  async update(found: readonly Found[]): Promise<void> {
    await this.registry.update(found);
  }

  /** Reads the grants again, after their file changed. */
  async reloadGrants(): Promise<void> {
    this.grants = await this.options.grants.read();
  }

  /** Continues what earlier runs left open; the plugins must be loaded. */
  async start(): Promise<void> {
    await this.supervisor.start();
  }

  async stop(): Promise<void> {
    await this.supervisor.stop();
  }

  /** Removes what ended before an instant. */
  async purge(before: number): Promise<void> {
    await this.options.ports.store.write(purgeTasks(before));
  }

  async list(): Promise<PluginView[]> {
    return this.registry.list().map((one) => this.view(one));
  }

  async read(name: string): Promise<PluginView> {
    return this.view(this.registry.get(name));
  }

  /** Adds to the grants of a plugin: `{ http?, secrets?, events?, resources?, project? }`. */
  async allow(name: string, grant: JsonObject, principal: string): Promise<PluginView> {
    this.registry.get(name);
    const parsed = GRANT_ENTRY.safeParse(grant);
    if (!parsed.success) {
      throw new KeptnError(
        "ERR_BODY_INVALID",
        `grant of ${name}: ${z.prettifyError(parsed.error)}`,
      );
    }
    await this.changeGrants((grants) => addGrant(grants, name, parsed.data));
    this.options.ports.log("info", `grant of ${name} extended`, { principal, ...grant });
    return this.read(name);
  }

  /** Takes back everything granted to a plugin, or only what is granted for one project. */
  async revoke(name: string, principal: string, project?: string): Promise<void> {
    await this.changeGrants(({ [name]: entries = [], ...others }) => {
      const left = project === undefined ? [] : entries.filter((one) => one.project !== project);
      return left.length > 0 ? { ...others, [name]: left } : others;
    });
    this.options.ports.log("info", `grant of ${name} revoked`, { principal });
  }

  /** Removes every grant that was given for a project; for its deletion. */
  async forgetProject(project: string): Promise<void> {
    await this.changeGrants((grants) => {
      const kept = Object.entries(grants)
        .map(([name, all]) => [name, all.filter((one) => one.project !== project)] as const)
        .filter(([, all]) => all.length > 0);
      return Object.fromEntries(kept);
    });
  }

  /** The newest 100 tasks of a plugin or a context. */
  async tasks(filter: { readonly plugin?: string; readonly context?: string }): Promise<Json> {
    const { plugin, context } = filter;
    const [rows] = await this.options.ports.store.read([
      {
        sql: `SELECT id,plugin,event,kind,name,project,stage,context,state,created,ended,due,outcome,cancelled
              FROM plugin_task WHERE (? IS NULL OR context=?) AND (? IS NULL OR plugin=?)
              ORDER BY created DESC LIMIT 100`,
        args: [context ?? null, context ?? null, plugin ?? null, plugin ?? null],
      },
    ]);
    return (rows ?? []).map(taskView);
  }

  /** Hands a one-time callback to the task that waits for it. */
  async callback(id: string, body: Json): Promise<boolean> {
    const { store, clock } = this.options.ports;
    const written = await store.write([
      {
        sql: `UPDATE callback SET body=? WHERE id=? AND body IS NULL AND expires>?`,
        args: [JSON.stringify(body), id, clock.now()],
      },
    ]);
    const taken = (written[0] as { rowsAffected?: number } | undefined)?.rowsAffected === 1;
    if (taken) this.supervisor.wake(id);
    return taken;
  }

  /** Names of the plugins that answer a triggered type. */
  readonly answerers = (type: string): readonly string[] =>
    this.registry
      .subscribers(type)
      .filter(({ kind }) => kind === "task")
      .map(({ plugin }) => plugin);

  /** Tasks that some plugin answers, for `validate`. */
  tasksAnswered(): string[] {
    const tasks = this.registry
      .list()
      .flatMap(({ current }) => Object.keys(current?.loaded.manifest.tasks ?? {}));
    return [...new Set(tasks)].filter((task) => this.answerers(taskType(task, "triggered")).length);
  }

  /** Takes up tasks whose rows stand already. */
  admit(tasks: readonly TaskRow[]): void {
    this.supervisor.admit(tasks);
  }

  /** One change after the other: each begins with what the one before has made. */
  private changeGrants(change: (grants: Grants) => Grants): Promise<void> {
    const changed = this.changing.then(async () => {
      const grants = change(this.grants);
      await this.options.grants.write(grants);
      this.grants = grants;
    });
    // Whoever asked for a change is told of its failure; the next one begins all the same.
    this.changing = changed.catch(() => undefined);
    return changed;
  }

  private view(one: Installed): PluginView {
    const manifest = one.current?.loaded.manifest;
    const missing = one.current ? [...this.registry.waitsFor(one.current)] : [];
    const quarantine = this.supervisor.lane(one.name).quarantine;
    const state = !one.current
      ? "broken"
      : missing.length > 0
        ? "waiting for grant"
        : quarantine !== null
          ? "quarantined"
          : "ready";
    return {
      name: one.name,
      version: manifest?.version ?? null,
      state,
      path: one.path,
      shipped: one.shipped,
      replacesShipped: one.replacesShipped,
      tasks: Object.keys(manifest?.tasks ?? {}),
      on: [...(manifest?.on ?? [])],
      asks: (manifest?.allow ?? null) as Json,
      grants: (this.grants[one.name] ?? []) as Json,
      ...(missing.length > 0
        ? { waitsFor: missing, permitWith: allowCommand(one.name, missing) }
        : {}),
      ...(one.error === undefined ? {} : { error: one.error }),
      ...(quarantine === null ? {} : { quarantinedUntil: new Date(quarantine).toISOString() }),
      denied: one.denials.map((denial) => ({ ...denial, at: new Date(denial.at).toISOString() })),
      load: { ...this.supervisor.counts(one.name) },
      older: one.older.map((version) => ({ ...version })),
    };
  }
}

/** Random text, made once per store, that keeps secret placeholders unguessable. */
async function openSalt({ store, ids }: PlatformPorts): Promise<string> {
  const fresh = [...ids.bytes(32)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  await store.write([
    {
      sql: `INSERT INTO kv (plugin,key,value) VALUES ('','salt',?) ON CONFLICT (plugin,key) DO NOTHING`,
      args: [fresh],
    },
  ]);
  const [rows] = await store.read([
    { sql: `SELECT value FROM kv WHERE plugin='' AND key='salt'`, args: [] },
  ]);
  return String(rows?.[0]?.value);
}

function taskView(row: Row): Json {
  const instant = (value: unknown): string | null =>
    typeof value === "number" && value < 8e15 ? new Date(value).toISOString() : null;
  return {
    ...(row as { [column: string]: Json }),
    created: instant(row.created),
    ended: instant(row.ended),
    due: instant(row.due),
  };
}
