import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveWindow, windowSeconds } from "../../src/spec/timeframe.ts";
import { formatTimestamp, parseTimestamp, timestampAt } from "../../src/spec/timestamp.ts";

describe("parseTimestamp", () => {
  it.each<[string, string]>([
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["2020-01-02T5:00:00Z", "2020-01-02T05:00:00.000Z"],
    ["2020-01-02T15:00:00,987654321+10:30", "2020-01-02T15:00:00.987Z"],
    ["2020-01-02T15:00:00.1", "2020-01-02T15:00:00.100Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ])("takes %s", (text, written) => expect(formatTimestamp(parseTimestamp(text)!)).toBe(written));

  it.each([
    "",
    "1577977200",
    "2023-02-29T00:00:00Z",
    "2020-00-02T15:00:00Z",
    "2020-01-02T15:00:60Z",
    "2020-01-02T15:00Z",
    "2020-01-02T15:00:00.Z",
    "2020-01-02T15:00:00Z ",
    "20-01-02T15:00:00Z",
  ])("refuses %j", (text) => expect(parseTimestamp(text)).toBeUndefined());

  it("agrees with the platform's calendar", () => {
    const date = fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (instant) => {
        const text = instant.toISOString();
        expect(parseTimestamp(text)?.epochMillis).toBe(instant.getTime());
        expect(formatTimestamp(timestampAt(instant.getTime()))).toBe(text);
      }),
    );
  });
});

describe("resolveWindow", () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const resolve = (start: string, end: string, timeframe: string) =>
    resolveWindow({ start, end, timeframe }, now);

  it("counts decimals of a duration exactly", () => {
    expect(resolve("2020-01-01T00:00:00Z", "", "1.1m")).toEqual({
      start: "2020-01-01T00:00:00.000Z",
      end: "2020-01-01T00:01:06.000Z",
    });
  });
  it("compares to the nanosecond", () => {
    const error = "end date must be at least 1 minute after start date";
    expect(resolve("2020-01-01T00:00:00.0000009Z", "2020-01-01T00:01:00.0000008Z", "")).toEqual({
      error,
    });
    expect(resolve("", "", "59.9999999s")).toEqual({ error });
  });
  it.each(["300000000h", "5", "m", "1d", "-5m"])("refuses the timeframe %s", (timeframe) => {
    expect(resolve("", "", timeframe)).toHaveProperty("error");
  });
  it("says what would be right", () => {
    expect(resolve("", "", "5")).toEqual({
      error: 'could not parse provided timeframe: "5" is no duration such as 5m, 90s or 1h30m',
    });
    expect(resolve("yesterday", "", "5m")).toEqual({
      error: 'could not parse "yesterday": write a timestamp such as 2026-01-31T15:04:05.000Z',
    });
  });
  it("rounds a window up to whole seconds", () => {
    const window = { start: "2020-01-01T00:00:00.500Z", end: "2020-01-01T00:01:31Z" };
    expect(windowSeconds(window)).toBe(91);
  });
});
