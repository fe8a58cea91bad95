import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { EDITOR_NAMES, editorSchema } from "../../src/spec/editor.ts";
import { readYaml } from "../../src/spec/yaml.ts";
import { fixtures, fixtureText, HAVE_FIXTURES, WITHOUT } from "./fixtures.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../schemas");

describe("JSON Schemas for editors", () => {
  it.each(EDITOR_NAMES)("schemas/%s.json is what `npm run schemas` writes", (name) => {
    const written: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
    expect(written).toEqual(JSON.parse(JSON.stringify(editorSchema(name))));
  });

  it.each(EDITOR_NAMES)("%s says what its fields mean", (name) => {
    const schema = editorSchema(name);
    expect(schema).toMatchObject({ type: "object", title: expect.stringContaining("Keptn") });
    expect(Object.keys(schema.properties ?? {}).length).toBeGreaterThan(1);
  });

  describe.skipIf(!HAVE_FIXTURES)(`files of Keptn users${WITHOUT}`, () => {
    const valid = fixtures(...EDITOR_NAMES).filter(
      ({ expect: wanted, file }) => wanted === "valid" && !file.includes("alertmanager"),
    );
    it.each(valid)("$file fits its schema", ({ file, kind }) => {
      const schema = z.fromJSONSchema(editorSchema(kind as "slo") as never);
      expect(schema.safeParse(readYaml(fixtureText(file)).value).error).toBeUndefined();
    });
  });
});
