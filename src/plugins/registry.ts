/** Which plugins are installed, in which versions, and who listens to what. @module */
import { KeptnError } from "../spec/errors.ts";
import type { Reason } from "../spec/reason.ts";
import type { Version } from "./activation.ts";
import type { Denied } from "./call.ts";
import {
  allowCommand,
  type Grant,
  grantFor,
  type GrantRules,
  type Grants,
  ungranted,
} from "./grants.ts";
import type { Log, PluginStore } from "./ports.ts";
import type { Bundle, SandboxHost } from "./sandbox/types.ts";
import type { Subscriber } from "./admission.ts";
import { answeredTwice, listenersOf } from "./listeners.ts";
import type { Versions } from "./supervisor.ts";

/** A plugin folder as found under one of the two roots. */
export interface Found {
  readonly name: string;
  /** Folder or entry file, for messages. */
  readonly path: string;
  readonly shipped: boolean;
  /** Changes whenever any of its files does. */
  readonly stamp: string;
  /** Bundles its text. @throws {KeptnError} ERR_PLUGIN_BUNDLE with file and line */
  bundle(): Promise<Bundle>;
}

export interface Denial {
  readonly missing: string;
  readonly message: string;
  readonly at: number;
  readonly count: number;
}

/** One installed plugin. */
export interface Installed {
  readonly name: string;
  readonly path: string;
  readonly shipped: boolean;
  readonly replacesShipped: boolean;
  readonly current: Version | undefined;
  /** Why its newest text does not run. */
  readonly error: string | undefined;
  readonly denials: readonly Denial[];
  /** Older versions that still have runs: version → number of runs. */
  readonly older: readonly { readonly version: string; readonly runs: number }[];
}

interface Slot {
  found: Found;
  replacesShipped: boolean;
  current: Version | undefined;
  error: string | undefined;
  denials: Map<string, Denial>;
  retired: Set<Version>;
}

export interface RegistryOptions {
  readonly sandbox: SandboxHost;
  readonly store: PluginStore;
  readonly log: Log;
  /** Names that are switched off (PERIPLUS_PLUGINS_OFF). */
  readonly off: readonly string[];
  /** Grants everything that plugins ask for (`serve --dev`). */
  readonly dev: boolean;
  readonly grants: () => Grants;
  readonly now: () => number;
  /** A plugin has a new version. */
  readonly changed?: (name: string) => void;
}

export class Registry implements Versions {
  private readonly options: RegistryOptions;
  private readonly slots = new Map<string, Slot>();
  private readonly runs = new Map<Version, number>();
  private readonly revived = new Map<string, Promise<Version | undefined>>();
  private listeners: ReadonlyMap<string, readonly Subscriber[]> = new Map();
  private updating: Promise<void> = Promise.resolve();

  constructor(options: RegistryOptions) {
    this.options = options;
  }

  /** Brings the registry in line with what lies in the plugin roots; one update at a time. */
  update(found: readonly Found[]): Promise<void> {
    this.updating = this.updating.then(() => this.apply(found));
    return this.updating;
  }

  subscribers(type: string): readonly Subscriber[] {
    return this.listeners.get(type) ?? [];
  }

  async pick(plugin: string, hash: string | undefined): Promise<Version | Reason> {
    const slot = this.slots.get(plugin);
    const current = slot?.current;
    if (hash !== undefined && current?.loaded.hash !== hash) {
      const old = [...(slot?.retired ?? [])].find((one) => one.loaded.hash === hash);
      return old ?? (await this.revive(plugin, hash)) ?? unavailable(lost(plugin));
    }
    if (!current) {
      return unavailable(slot?.error ?? `plugin ${plugin} is not installed any more`);
    }
    const missing = this.waitsFor(current);
    if (missing.length === 0) return current;
    const command = allowCommand(plugin, missing);
    const message = `plugin ${plugin} waits for a grant (${missing.join(", ")}); permit it with: ${command}`;
    return { rule: "waiting-for-grant", message, values: { plugin, missing: [...missing] } };
  }

  hold(version: Version): () => void {
    this.runs.set(version, (this.runs.get(version) ?? 0) + 1);
    return () => {
      const left = (this.runs.get(version) ?? 1) - 1;
      if (left > 0) this.runs.set(version, left);
      else this.runs.delete(version);
      if (left <= 0) this.closeRetired(version);
    };
  }

  grant(version: Version, project: string): Grant {
    return grantFor(version.loaded.manifest, project, this.rules(version));
  }

  /** Remembers a denial, so that lists can show it with the line that would permit it. */
  denied(version: Version, denial: Denied): void {
    const { name } = version.loaded.manifest;
    const denials = this.slots.get(name)?.denials;
    const count = (denials?.get(denial.missing)?.count ?? 0) + 1;
    const { missing, message } = denial;
    denials?.set(missing, { missing, message, at: this.options.now(), count });
    this.options.log("warn", message, { plugin: name });
  }

  /** What a new user plugin asks for while nothing at all is granted to it. */
  waitsFor(version: Version): readonly string[] {
    const { manifest } = version.loaded;
    if (this.options.grants()[manifest.name]) return [];
    return ungranted(manifest, this.rules(version));
  }

  list(): Installed[] {
    return [...this.slots.values()].map((slot) => this.view(slot));
  }

  get(name: string): Installed {
    const slot = this.slots.get(name);
    if (slot) return this.view(slot);
    const known = [...this.slots.keys()].join(", ") || "none";
    throw new KeptnError(
      "ERR_PLUGIN_UNKNOWN",
      `no plugin ${name} is installed (there are: ${known})`,
    );
  }

  private view(slot: Slot): Installed {
    const { found, replacesShipped, current, error, denials, retired } = slot;
    const { name, path, shipped } = found;
    return {
      name,
      path,
      shipped,
      replacesShipped,
      current,
      error,
      denials: [...denials.values()],
      older: [...retired].map((one) => ({
        version: one.loaded.manifest.version,
        runs: this.runs.get(one) ?? 0,
      })),
    };
  }

  private async apply(found: readonly Found[]): Promise<void> {
    const chosen = this.choose(found);
    for (const [name, slot] of this.slots) {
      if (chosen.has(name)) continue;
      this.slots.delete(name);
      if (slot.current) this.retire(slot, slot.current);
      this.options.log("info", `plugin ${name} removed`);
    }
    await Promise.all([...chosen.values()].map((one) => this.load(one.found, one.replacesShipped)));
    this.index();
  }

  /** One folder per name: a user's plugin replaces the shipped one, loudly (design D15). */
  private choose(found: readonly Found[]): Map<string, { found: Found; replacesShipped: boolean }> {
    const chosen = new Map<string, { found: Found; replacesShipped: boolean }>();
    for (const one of found.filter(({ name }) => !this.options.off.includes(name))) {
      const other = chosen.get(one.name)?.found;
      if (!other || other.shipped === one.shipped) {
        if (!other) chosen.set(one.name, { found: one, replacesShipped: false });
        continue;
      }
      const user = one.shipped ? other : one;
      chosen.set(one.name, { found: user, replacesShipped: true });
    }
    return chosen;
  }

  private async load(found: Found, replacesShipped: boolean): Promise<void> {
    const known = this.slots.get(found.name);
    if (known && known.found.stamp === found.stamp && known.found.path === found.path) return;
    const slot = known ?? {
      found,
      replacesShipped,
      current: undefined,
      error: undefined,
      denials: new Map<string, Denial>(),
      retired: new Set<Version>(),
    };
    slot.found = found;
    slot.replacesShipped = replacesShipped;
    this.slots.set(found.name, slot);
    try {
      await this.replace(slot, found);
    } catch (error) {
      slot.error = error instanceof Error ? error.message : String(error);
      const kept = slot.current ? `; version ${slot.current.loaded.manifest.version} goes on` : "";
      this.options.log("error", `plugin ${found.name} does not load: ${slot.error}${kept}`);
    }
  }

  private async replace(slot: Slot, found: Found): Promise<void> {
    const bundle = await found.bundle();
    const loaded = await this.options.sandbox.load(bundle);
    if (loaded.manifest.name !== found.name) {
      await loaded.close();
      throw new KeptnError(
        "ERR_PLUGIN_MANIFEST",
        `${found.path}: the plugin calls itself ${loaded.manifest.name}; its name must be that of its folder, ${found.name}`,
      );
    }
    const before = slot.current;
    slot.error = undefined;
    if (before?.loaded.hash === loaded.hash) return loaded.close();
    slot.current = { loaded, bundle, shipped: found.shipped };
    if (before) this.retire(slot, before);
    this.announce(slot, before !== undefined);
    this.options.changed?.(found.name);
  }

  private announce(slot: Slot, again: boolean): void {
    const { name, version } = slot.current!.loaded.manifest;
    const level = slot.replacesShipped ? "warn" : "info";
    const how = slot.replacesShipped ? " (replaces the shipped one)" : "";
    this.options.log(level, `plugin ${name} ${version} ${again ? "reloaded" : "loaded"}${how}`);
    const missing = this.waitsFor(slot.current!);
    if (missing.length === 0) return;
    this.options.log("warn", `plugin ${name} waits for: ${allowCommand(name, missing)}`);
  }

  private retire(slot: Slot, version: Version): void {
    if ((this.runs.get(version) ?? 0) > 0) slot.retired.add(version);
    else void version.loaded.close();
  }

  private closeRetired(version: Version): void {
    const slot = this.slots.get(version.loaded.manifest.name);
    const orphan = slot === undefined;
    if (orphan || slot.retired.delete(version)) void version.loaded.close();
  }

  /** Loads an old version again out of the text that its tasks pinned. */
  private revive(plugin: string, hash: string): Promise<Version | undefined> {
    let revived = this.revived.get(hash);
    if (!revived) {
      revived = this.loadPinned(plugin, hash).finally(() => this.revived.delete(hash));
      this.revived.set(hash, revived);
    }
    return revived;
  }

  private async loadPinned(plugin: string, hash: string): Promise<Version | undefined> {
    const [rows] = await this.options.store.read([
      { sql: `SELECT name, code, map FROM bundle WHERE hash=?`, args: [hash] },
    ]);
    const row = rows?.[0];
    if (!row) return undefined;
    const bundle = { name: String(row.name), code: String(row.code), map: String(row.map) };
    const loaded = await this.options.sandbox.load(bundle);
    const slot = this.slots.get(plugin);
    if (loaded.hash !== hash) {
      await loaded.close();
      return undefined;
    }
    const version = { loaded, bundle, shipped: slot?.found.shipped ?? false };
    slot?.retired.add(version);
    return version;
  }

  private rules(version: Version): GrantRules {
    const { dev, grants } = this.options;
    return { grants: grants(), shipped: version.shipped, dev };
  }

  private index(): void {
    const manifests = [...this.slots.values()].flatMap(({ current }) =>
      current ? [current.loaded.manifest] : [],
    );
    const listeners = listenersOf(manifests);
    for (const [type, names] of answeredTwice(listeners)) {
      if (names === answeredTwice(this.listeners).get(type)) continue;
      this.options.log("warn", `${type} has several answerers: ${names}`);
    }
    this.listeners = listeners;
  }
}

function unavailable(message: string): Reason {
  return { rule: "plugin-unavailable", message };
}

function lost(plugin: string): string {
  return `ERR_JOURNAL_DIVERGED: the version of ${plugin} that began this task cannot be loaded any more`;
}
