/** The machine's clock: a callback never comes before its instant. @module */
import { expect, test } from "vitest";
import { systemClock } from "../../src/host/adapters/clock/system.ts";

test("no callback comes before the clock shows its instant", async () => {
  const clock = systemClock();
  const early = await Promise.all(
    Array.from({ length: 300 }, (_, n) => {
      const instant = clock.now() + (n % 23);
      return new Promise<number>((resolve) => {
        clock.at(instant, () => resolve(clock.now() - instant));
      });
    }),
  );
  expect(early.filter((late) => late < 0)).toEqual([]);
});

test("a cancelled callback does not come", async () => {
  const clock = systemClock();
  let came = false;
  clock.at(clock.now() + 1, () => (came = true))();
  await new Promise<void>((resolve) => clock.at(clock.now() + 5, resolve));
  expect(came).toBe(false);
});
