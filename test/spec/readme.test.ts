import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ERROR_CODES } from "../../src/spec/errors.ts";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../src/spec");
const readme = readFileSync(join(folder, "README.md"), "utf8");

it("the list of error codes is complete and right", () => {
  const listed = readme.matchAll(/^\| (`ERR_[^|]+?) +\| (\d{3}) +\|/gm);
  const patterns = [...listed].flatMap(([, codes, status]) =>
    [...codes!.matchAll(/`(ERR_[^`]+)`/g)].map(([, code]) => ({
      pattern: new RegExp(`^${code!.replace("…", "\\w+")}$`),
      status: Number(status),
    })),
  );
  const inText = ["ERR_STARTING", "ERR_STOPPING", "ERR_INVARIANT", "ERR_COMMIT_UNKNOWN"];
  for (const [code, { status }] of Object.entries(ERROR_CODES)) {
    if (inText.includes(code)) expect(readme).toContain(code);
    else
      expect([code, patterns.find(({ pattern }) => pattern.test(code))?.status]).toEqual([
        code,
        status,
      ]);
  }
});

it("names only files that exist", () => {
  const files = readdirSync(folder);
  for (const [, name] of readme.matchAll(/`([a-z_]+(?:\*)?\.ts)`/g)) {
    const pattern = new RegExp(`^${name!.replace("*", ".*")}$`);
    expect([name, files.some((file) => pattern.test(file))]).toEqual([name, true]);
  }
});
