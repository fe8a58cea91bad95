/** What a verb is. @module */
import { connect, type Connection, HOST_FLAGS } from "./connect.ts";
import { type Flags, parseFlags, toggle, usage, type Values } from "./flags.ts";
import { helpOf } from "./help.ts";
import type { Io } from "./io.ts";
import type { Place } from "./place.ts";

export interface Input<F extends Flags> {
  readonly args: readonly string[];
  readonly flags: Values<F>;
  readonly io: Io;
  readonly place: Place;
}
export interface Command {
  /** Runs with what stands behind the words of the verb; resolves with the exit code. */
  run(argv: readonly string[], words: string, io: Io, place: Place): Promise<number>;
}
export interface Definition<F extends Flags> {
  /** What stands behind the words, such as `NAME` or `FILE…`. */
  readonly args?: string;
  readonly summary: string;
  readonly flags: F;
  /** Command lines that work as they stand. */
  readonly examples: readonly string[];
  run(input: Input<F>): Promise<number>;
}

/** Flags that every verb takes; the last three are Keptn's and mean nothing here. */
const EVERYWHERE = {
  help: toggle("show this text", { short: "h" }),
  yes: toggle("Keptn's", { short: "y", hidden: true }),
  mock: toggle("Keptn's", { hidden: true }),
  verbose: toggle("say more on stderr", { short: "v", hidden: true }),
} satisfies Flags;

/** A verb that works without a host. */
export function command<F extends Flags>(definition: Definition<F>): Command {
  const flags = withEverywhere(definition.flags);
  return {
    async run(argv, words, io, place) {
      if (argv.some((arg) => arg === "--help" || arg === "-h")) {
        io.out.write(helpOf(words, definition, flags));
        return 0;
      }
      const parsed = parseFlags(argv, flags);
      checkArgs(words, definition.args ?? "", parsed.args);
      return definition.run({ ...parsed, flags: parsed.flags as Values<F>, io, place });
    },
  };
}

export interface HostInput<F extends Flags> extends Input<F> {
  readonly host: Connection;
}

/** A verb that speaks to a host. */
export function hostCommand<F extends Flags>(
  definition: Omit<Definition<F>, "run"> & { run(input: HostInput<F>): Promise<number> },
): Command {
  const flags = { ...HOST_FLAGS, ...definition.flags };
  return command({
    ...definition,
    flags,
    run: async (input) =>
      definition.run({
        ...input,
        flags: input.flags as unknown as Values<F>,
        host: await connect(input.flags as unknown as Values<typeof HOST_FLAGS>, input.io),
      }),
  });
}

/** The verb's own short names win over those that every verb has. */
function withEverywhere(own: Flags): Flags {
  const taken = new Set(Object.values(own).map(({ short }) => short));
  const common = Object.entries(EVERYWHERE).map(([name, flag]) => {
    const { short, ...rest } = flag;
    return [name, short && !taken.has(short) ? flag : rest];
  });
  return { ...Object.fromEntries(common), ...own };
}

/** `NAME` is needed, `[NAME]` may be absent, `NAME…` may repeat. */
function checkArgs(words: string, wanted: string, args: readonly string[]): void {
  const names = wanted.split(" ").filter((name) => name !== "");
  const least = names.filter((name) => !name.startsWith("[")).length;
  const most = names.some((name) => name.includes("…")) ? Infinity : names.length;
  if (args.length < least) {
    throw usage(`${words} needs ${names[args.length]}: periplus ${words} ${wanted}`);
  }
  if (args.length > most) {
    const extra = args.slice(most).join(" ");
    throw usage(`${words} takes ${most === 0 ? "no argument" : wanted}, not also ${extra}`);
  }
}
