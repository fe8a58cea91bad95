import { expect, it } from "vitest";
import { keptnContextFrom } from "../../src/spec/context.ts";

const FRESH = "00000000-0000-4000-8000-000000000000";

it.each([
  ["a", "61202020-2020-4020-a020-202020202020"],
  ["my-delivery-42-of-today", "6d792d64-656c-4976-a572-792d34322d6f"],
  ["ä", "c3a42020-2020-4020-a020-202020202020"],
  ["", FRESH],
  [undefined, FRESH],
  ["08735340-6f9e-4b32-97ff-3b6c292bc509", "08735340-6f9e-4b32-97ff-3b6c292bc509"],
  ["08735340-6F9E-1B32-97FF-3B6C292BC509", "08735340-6F9E-1B32-97FF-3B6C292BC509"],
  ["087353406f9e4b3297ff3b6c292bc509", "087353406f9e4b3297ff3b6c292bc509"],
])("maps %j to %s", (text, context) => {
  expect(keptnContextFrom(text, () => FRESH)).toBe(context);
});
