/** `periplus serve`: runs a host until it is told to stop. @module */
import { parseArgs } from "node:util";
import { startNodeHost } from "../host/runtime/node.ts";
import { listSettings } from "../host/settings.ts";
import { KeptnError } from "../spec/errors.ts";
import type { Place } from "./place.ts";

/** A host that has not drained by then is ended all the same. */
const LATEST_MS = 1_900;

/** Serves until SIGINT or SIGTERM; resolves with the exit code. */
export async function serve(argv: readonly string[], { root, bundles }: Place): Promise<number> {
  const flags = readFlags(argv);
  if (flags.help === true) {
    process.stdout.write(help());
    return 0;
  }
  const asked = signalled();
  void asked.then(() => setTimeout(() => process.exit(0), LATEST_MS).unref());
  try {
    const host = await startNodeHost({
      env: process.env,
      flags,
      root,
      bundles,
      print: (line) => process.stdout.write(`${line}\n`),
      warn: (line) => process.stderr.write(line),
      startedAt: performance.timeOrigin,
    });
    await asked;
    await host.stop();
    process.exit(0);
  } catch (error) {
    if (!KeptnError.is(error)) throw error;
    process.stderr.write(`periplus: ${error.message}\n`);
    return 1;
  }
}

/** Resolves at the first signal; npm and a terminal may both send one, so more are ignored. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
  });
}

function readFlags(argv: readonly string[]): Record<string, string | boolean> {
  const known = listSettings().map(({ flag, isSwitch }) => [
    flag,
    { type: isSwitch ? ("boolean" as const) : ("string" as const) },
  ]);
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { ...Object.fromEntries(known), help: { type: "boolean", short: "h" } },
    strict: false,
  });
  const names = new Set(["help", ...known.map(([flag]) => flag)]);
  // The value of an unknown flag looks like an argument: the flag is told then, by the settings.
  if (positionals.length > 0 && Object.keys(values).every((flag) => names.has(flag))) {
    throw new KeptnError(
      "ERR_CONFIG_INVALID",
      `serve takes only flags, not ${positionals.join(" ")}: see periplus serve --help`,
    );
  }
  return values as Record<string, string | boolean>;
}

function help(): string {
  const settings = listSettings();
  const width = Math.max(...settings.map(({ flag }) => flag.length)) + 4;
  const lines = settings.map(
    ({ flag, name, meaning }) => `  ${`--${flag}`.padEnd(width)}${meaning} (${name})\n`,
  );
  return `Usage: periplus serve [flags]\n\nRuns a host. Each flag is also an environment variable, and NAME_FILE reads it from a file.\n\n${lines.join("")}`;
}
