/** All verbs of the command, by group; each loads its code when it runs. @module */
import type { Command } from "./command.ts";
import type { Io } from "./io.ts";
import type { Place } from "./place.ts";

export interface Verb {
  /** The first spelling is shown; the others are Keptn's or plurals. */
  readonly words: readonly string[];
  readonly summary: string;
  run(argv: readonly string[], words: string, io: Io, place: Place): Promise<number>;
}

/** A verb whose module is only loaded when it runs. */
function verb(words: string, summary: string, load: () => Promise<Command>): Verb {
  return {
    words: words.split(", "),
    summary,
    run: async (argv, said, io, place) => (await load()).run(argv, said, io, place),
  };
}

const GROUPS: { readonly [title: string]: readonly Verb[] } = {
  "Run a host": [
    verb("serve", "run a host", async () => (await import("./verbs/delegates.ts")).serve),
    verb("stop", "end the host of this folder", async () => (await import("./stop.ts")).stop),
    verb(
      "demo",
      "watch real deliveries through a quality gate",
      async () => (await import("./demo/command.ts")).demo,
    ),
    verb(
      "plane",
      "execute tasks far from the host",
      async () => (await import("./verbs/delegates.ts")).plane,
    ),
    verb(
      "backup",
      "write everything of a host into one file",
      async () => (await import("./verbs/backup.ts")).backup,
    ),
    verb(
      "restore",
      "put such a file into the data directory of a stopped host",
      async () => (await import("./verbs/restore.ts")).restore,
    ),
  ],
  "Log in": [
    verb(
      "auth, login",
      "remember a host and its token",
      async () => (await import("./verbs/auth.ts")).auth,
    ),
    verb("logout", "forget them", async () => (await import("./verbs/auth.ts")).logout),
    verb(
      "status",
      "which host is meant, and whether it answers",
      async () => (await import("./verbs/auth.ts")).status,
    ),
    verb(
      "version",
      "versions of command and host",
      async () => (await import("./verbs/version.ts")).version,
    ),
    verb(
      "completion",
      "completions for a shell",
      async () => (await import("./verbs/completion.ts")).completion,
    ),
  ],
  "Your project": [
    verb(
      "init",
      "write a first project into a folder",
      async () => (await import("./verbs/init.ts")).init,
    ),
    verb(
      "apply",
      "create or update a project from a folder",
      async () => (await import("./verbs/apply.ts")).apply,
    ),
    verb(
      "validate",
      "check files of any of Keptn's formats",
      async () => (await import("./verbs/validate.ts")).validate,
    ),
    verb(
      "create project",
      "create a project from a shipyard",
      async () => (await import("./verbs/projects.ts")).createProject,
    ),
    verb(
      "update project",
      "change shipyard or git access",
      async () => (await import("./verbs/projects.ts")).updateProject,
    ),
    verb(
      "delete project",
      "remove a project",
      async () => (await import("./verbs/projects.ts")).deleteProject,
    ),
    verb(
      "get project, get projects",
      "projects",
      async () => (await import("./verbs/projects.ts")).getProject,
    ),
    verb(
      "get stage, get stages",
      "stages of a project",
      async () => (await import("./verbs/services.ts")).getStage,
    ),
    verb(
      "create service",
      "create a service in all stages",
      async () => (await import("./verbs/services.ts")).createService,
    ),
    verb(
      "delete service",
      "remove a service",
      async () => (await import("./verbs/services.ts")).deleteService,
    ),
    verb(
      "get service, get services",
      "services",
      async () => (await import("./verbs/services.ts")).getService,
    ),
    verb(
      "add-resource",
      "put files into a project",
      async () => (await import("./verbs/resources.ts")).addResource,
    ),
    verb(
      "create secret",
      "keep a secret",
      async () => (await import("./verbs/secrets.ts")).createSecret,
    ),
    verb(
      "update secret",
      "change a secret",
      async () => (await import("./verbs/secrets.ts")).updateSecret,
    ),
    verb(
      "delete secret",
      "remove a secret",
      async () => (await import("./verbs/secrets.ts")).deleteSecret,
    ),
    verb(
      "get secret, get secrets",
      "names and keys of secrets",
      async () => (await import("./verbs/secrets.ts")).getSecret,
    ),
    verb(
      "configure monitoring",
      "choose where SLI values come from",
      async () => (await import("./verbs/monitoring.ts")).configureMonitoring,
    ),
  ],
  Deliver: [
    verb(
      "trigger delivery",
      "deliver an image",
      async () => (await import("./verbs/trigger.ts")).triggerDelivery,
    ),
    verb(
      "trigger evaluation",
      "judge a service",
      async () => (await import("./verbs/trigger.ts")).triggerEvaluation,
    ),
    verb(
      "trigger sequence",
      "start any sequence",
      async () => (await import("./verbs/trigger.ts")).triggerSequence,
    ),
    verb(
      "approve",
      "let a delivery go on",
      async () => (await import("./verbs/approval.ts")).approve,
    ),
    verb("decline", "refuse a delivery", async () => (await import("./verbs/approval.ts")).decline),
    verb(
      "pause sequence",
      "hold the next task back",
      async () => (await import("./verbs/control.ts")).pauseSequence,
    ),
    verb(
      "resume sequence",
      "let it go on",
      async () => (await import("./verbs/control.ts")).resumeSequence,
    ),
    verb(
      "abort sequence",
      "end it",
      async () => (await import("./verbs/control.ts")).abortSequence,
    ),
    verb(
      "send event",
      "send an event from a file",
      async () => (await import("./verbs/send.ts")).sendEvent,
    ),
    verb(
      "evaluate",
      "judge values against an SLO, without a host",
      async () => (await import("./verbs/delegates.ts")).evaluate,
    ),
  ],
  Look: [
    verb(
      "get sequence, get sequences",
      "deliveries, or one with its reasons",
      async () => (await import("./verbs/sequences.ts")).getSequence,
    ),
    verb(
      "get evaluation, get evaluations",
      "evaluations and their SLI tables",
      async () => (await import("./verbs/evaluations.ts")).getEvaluation,
    ),
    verb(
      "get approvals, get approval",
      "deliveries that wait for you",
      async () => (await import("./verbs/approval.ts")).getApprovals,
    ),
    verb(
      "get event, get events",
      "events",
      async () => (await import("./verbs/events.ts")).getEvent,
    ),
    verb(
      "logs",
      "what integrations and plugins said",
      async () => (await import("./verbs/logs.ts")).logs,
    ),
  ],
  Plugins: [
    verb(
      "plugin new",
      "write a first plugin",
      async () => (await import("./verbs/plugin_files.ts")).pluginNew,
    ),
    verb(
      "plugin check",
      "check plugins without a host",
      async () => (await import("./verbs/plugin_files.ts")).pluginCheck,
    ),
    verb(
      "plugin list",
      "installed plugins, what they may and ask for",
      async () => (await import("./verbs/plugins.ts")).pluginList,
    ),
    verb(
      "plugin allow",
      "grant a plugin what it asks for",
      async () => (await import("./verbs/plugins.ts")).pluginAllow,
    ),
    verb(
      "plugin deny",
      "take grants back",
      async () => (await import("./verbs/plugins.ts")).pluginDeny,
    ),
  ],
};

export const VERBS: readonly Verb[] = Object.values(GROUPS).flat();

/** What `periplus --help` shows. */
export function overview(): string {
  const groups = Object.entries(GROUPS).map(([title, verbs]) => {
    const rows = verbs.map(({ words, summary }) => [words[0]!, summary]);
    return `${title}:\n${rowsOf(rows)}`;
  });
  return [
    "Periplus: the Keptn v1 control plane as one small process.",
    "",
    "Usage: periplus COMMAND [flags]",
    "",
    ...groups.map((group) => `${group}`),
    "See periplus COMMAND --help for flags and examples. Data goes to stdout, all else to stderr;",
    "exit codes: 0 pass, 1 error, 2 result fail, 3 warning (--fail-on warning), 4 timed out, 5 aborted.",
    "",
  ].join("\n");
}

function rowsOf(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...VERBS.map(({ words }) => words[0]!.length)) + 2;
  return rows.map(([name, summary]) => `  ${name!.padEnd(width)}${summary}\n`).join("");
}
