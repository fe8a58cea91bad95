/** How activations end, before positions are looked up in the source map. @module */
import { isObject, textAt } from "../../spec/json.ts";
import { GuestThrew } from "./engine.ts";
import type { Ended, FailureKind } from "./types.ts";

type Failed = Extract<Ended, { kind: "failed" }>;

/** `Ended` with the guest's stack in place of a position. */
export type RawEnded =
  Exclude<Ended, { kind: "failed" }> | (Omit<Failed, "at"> & { readonly stack?: string });

const RESULTS = ["pass", "warning", "fail"] as const;
const MAX_MESSAGE = 10_000;

/** What a handler handed back, checked: the guest may have forged it. */
export function readDone(value: unknown): RawEnded {
  const message = textAt(value, "message");
  const said = message === undefined ? {} : { message };
  const kind = textAt(value, "kind");
  if (kind === "left-open") return { kind, ...said };
  if (kind === "ignored") return { kind };
  const result = RESULTS.find((one) => one === textAt(value, "result"));
  if (kind !== "returned" || result === undefined || !isObject(value)) {
    return failed(
      "protocol",
      "Error",
      "the handler's result is none of pass, warn, fail, leaveOpen, ignore",
    );
  }
  return {
    kind,
    result,
    ...(value["status"] === "errored" ? { status: "errored" } : {}),
    ...said,
    ...(isObject(value["data"]) ? { data: value["data"] } : {}),
  };
}

/** The failure behind what a guest threw, as a thrown value or as the guest described it. */
export function failureOf(thrown: unknown): RawEnded {
  if (thrown instanceof GuestThrew) {
    return classified(thrown.guestName, thrown.message, thrown.guestStack);
  }
  if (isObject(thrown)) {
    const text = (key: string): string => textAt(thrown, key) ?? "";
    return classified(text("name") || "Error", text("message"), text("stack"));
  }
  return failed("crash", "Error", thrown instanceof Error ? thrown.message : String(thrown));
}

function classified(name: string, message: string, stack: string): RawEnded {
  const failure: FailureKind = /^out of memory$/.test(message)
    ? "memory"
    : /^Maximum call stack size exceeded$/.test(message)
      ? "stack"
      : "threw";
  const hint = {
    memory: ": ask for more with limits.memory",
    stack: ": calls are nested too deeply",
    threw: "",
  }[failure];
  return { ...failed(failure, name, message.slice(0, MAX_MESSAGE) + hint), stack };
}

function failed(
  failure: FailureKind,
  name: string,
  message: string,
): RawEnded & { kind: "failed" } {
  return { kind: "failed", failure, name, message };
}
