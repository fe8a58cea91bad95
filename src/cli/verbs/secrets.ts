/** Secrets: values go in and never come out. @module */
import { z } from "zod";
import { secretInput, secretsModel } from "../../spec/uniform.ts";
import { hostCommand } from "../command.ts";
import { pairs, text, usage } from "../flags.ts";
import { readText } from "../files.ts";
import type { Io } from "../io.ts";
import { OUTPUT, show } from "../output.ts";

const anything = z.unknown();
const DEFAULT_SCOPE = "keptn-default";
const PATH = "/secrets/v1/secret";

const SCOPE = text(`scope (default: ${DEFAULT_SCOPE})`, { short: "s", value: "NAME" });
const CONTENT = {
  "from-literal": pairs("a key and its value, repeatable"),
  "from-file": pairs("a key and the file that holds its value, repeatable"),
  scope: SCOPE,
};

export const createSecret = hostCommand({
  args: "NAME",
  summary: "keep a secret",
  flags: CONTENT,
  examples: ["periplus create secret argo --from-literal=token=$TOKEN"],
  run: async ({ args, flags, io, host }) => {
    const body = await bodyOf(args[0]!, flags, io);
    await host.client.post(PATH, { ...body, scope: flags.scope ?? DEFAULT_SCOPE }, anything);
    io.err.write(`Secret ${args[0]} created successfully\n`);
    return 0;
  },
});

export const updateSecret = hostCommand({
  args: "NAME",
  summary: "replace the content of a secret",
  flags: CONTENT,
  examples: ["periplus update secret argo --from-file=token=token.txt"],
  run: async ({ args, flags, io, host }) => {
    const body = await bodyOf(args[0]!, flags, io);
    await host.client.put(PATH, { ...body, scope: flags.scope ?? DEFAULT_SCOPE }, anything);
    io.err.write(`Secret ${args[0]} updated successfully\n`);
    return 0;
  },
});

export const deleteSecret = hostCommand({
  args: "NAME",
  summary: "remove a secret",
  flags: { scope: SCOPE },
  examples: ["periplus delete secret argo"],
  run: async ({ args, flags, io, host }) => {
    await host.client.delete(PATH, { name: args[0], scope: flags.scope ?? DEFAULT_SCOPE });
    io.err.write(`Secret ${args[0]} deleted successfully\n`);
    return 0;
  },
});

export const getSecret = hostCommand({
  args: "[NAME]",
  summary: "names, scopes and keys of secrets, never their values",
  flags: { scope: text("only this scope", { short: "s", value: "NAME" }), ...OUTPUT },
  examples: ["periplus get secrets"],
  run: async ({ args, flags, io, host }) => {
    const query = { name: args[0], scope: flags.scope };
    const { Secrets: secrets } = await host.client.get(PATH, secretsModel, query);
    show(
      io,
      { ...flags, quiet: host.quiet },
      {
        data: secrets,
        names: secrets.map(({ name }) => name),
        columns: ["NAME", "SCOPE", "KEYS"],
        rows: secrets.map(({ name, scope, keys }) => [name, scope ?? "", (keys ?? []).join(", ")]),
      },
    );
    return 0;
  },
});

async function bodyOf(
  name: string,
  flags: {
    readonly "from-literal": Record<string, string>;
    readonly "from-file": Record<string, string>;
  },
  io: Io,
) {
  const files = Object.entries(flags["from-file"]).map(
    async ([key, path]) => [key, (await readText(path, io)).replace(/\n$/, "")] as const,
  );
  const data = { ...flags["from-literal"], ...Object.fromEntries(await Promise.all(files)) };
  if (Object.keys(data).length === 0) {
    throw usage("a secret needs --from-literal KEY=VALUE or --from-file KEY=FILE");
  }
  return secretInput.parse({ name, data });
}
