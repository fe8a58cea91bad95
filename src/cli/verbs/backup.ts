/** `backup`. @module */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { KeptnError } from "../../spec/errors.ts";
import { hostCommand } from "../command.ts";

export const backup = hostCommand({
  args: "[FILE]",
  summary: "write database, repositories, bundles, grants and keys of a host into one tar",
  flags: {},
  examples: ["periplus backup periplus.tar"],
  async run({ args, io, host }) {
    const answer = await host.client.open("/periplus/v1/backup");
    if (!answer.body) throw new KeptnError("ERR_BODY_INVALID", "the host sent no backup");
    const name = args[0] ?? nameOf(answer) ?? "periplus-backup.tar";
    const path = resolve(io.cwd, name);
    const draft = `${path}.part`;
    try {
      // The keys that open the secrets are inside: for the owner only.
      const file = createWriteStream(draft, { mode: 0o600 });
      await pipeline(Readable.fromWeb(answer.body as never), file, { signal: io.interrupted });
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    io.out.write(`${name}\n`);
    return 0;
  },
});

function nameOf(answer: Response): string | undefined {
  const text = answer.headers.get("content-disposition") ?? "";
  return /filename="([\w.-]+)"/.exec(text)?.[1];
}
