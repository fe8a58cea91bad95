/** Grants in a YAML file of the data directory. @module */
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { KeptnError } from "../../spec/errors.ts";
import { readYaml } from "../../spec/yaml.ts";
import { GRANTS, type Grants } from "../grants.ts";
import type { GrantStore } from "../platform.ts";

const HEAD = `# What each plugin may do beyond reading resources and its own kv; see: periplus plugin allow
`;

/** The grant file; one that is not there grants nothing. */
export function grantFile(path: string): GrantStore {
  return {
    async read() {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if ((error as { code?: string }).code === "ENOENT") return {};
        throw error;
      }
      return parse(text, path);
    },
    async write(grants) {
      const temporary = `${path}.new`;
      await writeFile(temporary, HEAD + render(grants), { mode: 0o600 });
      await rename(temporary, path);
    },
  };
}

function parse(text: string, path: string): Grants {
  const yaml = readYaml(text);
  const problem = yaml.problems[0];
  if (problem) throw invalid(path, problem, problem.message);
  const parsed = GRANTS.safeParse(yaml.value ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = yaml.position(issue.path as (string | number)[]);
  throw invalid(path, where, z.prettifyError({ issues: [issue] } as z.ZodError));
}

function invalid(path: string, { line, column }: { line: number; column: number }, what: string) {
  return new KeptnError("ERR_FILE_INVALID", `${path}:${line}:${column} ${what}`);
}

/** YAML by hand, one entry per line: JSON values are YAML too. */
function render(grants: Grants): string {
  return Object.entries(grants)
    .map(([name, entries]) => {
      const lines = entries.map((entry) => `  - ${JSON.stringify(entry)}\n`).join("");
      return `${JSON.stringify(name)}:\n${lines}`;
    })
    .join("");
}
