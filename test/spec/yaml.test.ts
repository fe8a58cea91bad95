import { describe, expect, it } from "vitest";
import { readYaml, writeYaml } from "../../src/spec/yaml.ts";

describe("broken YAML", () => {
  it.each([
    ["a: 1\na: 2\n", 2, /key stands twice/],
    ["a:\n\t- b\n", 2, /blanks, not with tabs/],
    ['a: "b\n', 2, /close every quote/],
    ["a: [1, 2\n", 2, /close every \[/],
    ["a: b: c\n", 1, /`: `/],
    ["a:\n  b: 1\n c: 2\n", 3, /same number of blanks|indentation/],
    ["a: 1\nb: *none\n", 2, /anchor must be set before the alias/],
    ["a: @b\n", 1, /in quotes/],
    ["a: { b: - c }\n", 1, /./],
  ])("%j: line %i, and what would be right", (text, line, hint) => {
    const { problems, value } = readYaml(text);
    expect(value).toBeUndefined();
    expect(problems[0]).toMatchObject({ line, message: expect.stringMatching(hint) });
  });

  it("refuses an alias bomb by a value", () => {
    const levels = Array.from(
      { length: 9 },
      (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(",")}]`,
    );
    const { problems } = readYaml(`a0: &a0 x\n${levels.join("\n")}\n`);
    expect(problems).toHaveLength(1);
  });
});

describe("good YAML", () => {
  it("takes the first of several documents, as Go's reader did", () => {
    expect(readYaml("---\na: 1\n---\nb: 2\n")).toMatchObject({ value: { a: 1 }, problems: [] });
  });

  it("tells where a value stands, or its nearest parent", () => {
    const yaml = readYaml("a:\n  - b: 1\n    c: 2\n");
    expect(yaml.position(["a", 0, "c"])).toEqual({ line: 3, column: 5 });
    expect(yaml.position(["a", 0, "gone"])).toEqual({ line: 2, column: 5 });
    expect(yaml.position([])).toEqual({ line: 1, column: 1 });
  });

  it("is written without folding", () => {
    const long = "x ".repeat(100).trim();
    expect(writeYaml({ long })).toBe(`long: ${long}\n`);
  });
});
