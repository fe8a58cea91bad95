/** `npm run schemas`: writes the JSON Schemas of the file formats into `schemas/`. @module */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format } from "prettier";
import { EDITOR_NAMES, editorSchema } from "../../src/spec/editor.ts";

export async function main(
  _argv: readonly string[],
  { root }: { readonly root: string },
): Promise<number> {
  for (const name of EDITOR_NAMES) {
    const path = join(root, "schemas", `${name}.json`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      await format(JSON.stringify(editorSchema(name)), { parser: "json", printWidth: 100 }),
    );
    process.stdout.write(`${path}\n`);
  }
  return 0;
}
