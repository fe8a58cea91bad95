/** `version`. @module */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import { metadataModel } from "../../spec/models.ts";
import { command } from "../command.ts";
import { connect, HOST_FLAGS } from "../connect.ts";

const manifest = z.object({ version: z.string() });

export const version = command({
  summary: "versions of command and host",
  flags: HOST_FLAGS,
  examples: ["periplus version"],
  async run({ flags, io, place }) {
    const text = await readFile(join(place.root, "package.json"), "utf8");
    io.out.write(`periplus ${manifest.parse(JSON.parse(text)).version}\n`);
    try {
      const { client, endpoint } = await connect(flags, io);
      const { keptnversion } = await client.get("/v1/metadata", metadataModel);
      io.err.write(`host ${keptnversion} at ${endpoint}\n`);
    } catch (error) {
      // The command's own version is what was asked for; a host is a bonus.
      if (!KeptnError.is(error)) throw error;
      io.err.write(`host: ${error.message}\n`);
    }
    return 0;
  },
});
