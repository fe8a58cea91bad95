import { describe, expect, it } from "vitest";
import { formatNumber, parseNumber } from "../../src/spec/number_text.ts";

describe("parseNumber", () => {
  it.each<[string, number]>([
    ["5.", 5],
    [".5", 0.5],
    ["-0", -0],
    ["+1e3", 1000],
    ["1_000.5_0", 1000.5],
    ["1e1_0", 1e10],
    ["0x10p0", 16],
    ["0x1.8p3", 12],
    ["0x.8p1", 1],
    ["0x_1p0", 1],
    ["-0X1P-2", -0.25],
    ["0x1p-1074", 5e-324],
    ["0x1p-1075", 0],
    ["0x1.8p-1074", 1e-323],
    ["0x1.fffffffffffff8p0", 2],
    ["0x1.fffffffffffff7p0", 1.9999999999999998],
    ["0x1.fffffffffffffp1023", Number.MAX_VALUE],
    ["1e-400", 0],
    ["inf", Infinity],
    ["-Infinity", -Infinity],
    ["NaN", NaN],
  ])("takes %s", (text, value) => expect(parseNumber(text)).toBe(value));

  it.each([
    "",
    ".",
    "+",
    "1e",
    "1e+",
    "e5",
    "0x10",
    "0xp1",
    "0x1p",
    "0x1p1024",
    "1e400",
    "1__0",
    "_1",
    "1_",
    "1_.5",
    "1._5",
    "1_e5",
    "1e_5",
    "0_x1p0",
    "+nan",
    "infin",
    "1,5",
    "500ms",
    " 5",
    "５",
    "0b11",
  ])("refuses %j", (text) => expect(parseNumber(text)).toBeUndefined());

  it("stays fast on long texts", () => {
    expect(parseNumber(`${"1".repeat(200_000)}x`)).toBeUndefined();
  });
});

describe("formatNumber", () => {
  it.each<[number, string]>([
    [0, "0"],
    [-0, "-0"],
    [28.999999999999996, "28.999999999999996"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [123456.789, "123456.789"],
    [999999, "999999"],
    [1000000, "1e+06"],
    [-1234567.5, "-1.2345675e+06"],
    [1e100, "1e+100"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
    [NaN, "NaN"],
  ])("prints %d as %s", (value, text) => expect(formatNumber(value)).toBe(text));
});
