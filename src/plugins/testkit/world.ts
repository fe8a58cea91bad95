/** Answers the calls of a simulated run, in virtual time. @module */
import type { Json, JsonObject } from "../../spec/json.ts";
import { dataOf, type KeptnEvent } from "../../spec/event.ts";
import { EVENT_PREFIX } from "../../spec/event_type.ts";
import type { CallName, Calls, HttpAnswer, HttpCall } from "../sandbox/calls.ts";
import type { CallAnswer, GuestCall } from "../sandbox/types.ts";
import { createFileAnswers } from "./file_answers.ts";
import { createReplies, type SeenRequest } from "./replies.ts";
import type { Scenario, SimulatedCall } from "./scenario.ts";

const TURN = 1;
const NETWORK = 20;

type Answer<N extends CallName> = (
  args: Calls[N]["args"],
  call: GuestCall,
) => Calls[N]["answer"] | Promise<Calls[N]["answer"]>;

/** Everything outside of a simulated guest. */
export class World {
  now: number;
  readonly calls: SimulatedCall[] = [];
  readonly progress: string[] = [];
  readonly requests: SeenRequest[] = [];
  readonly sent: { type: string; data: JsonObject }[] = [];
  readonly written: { [uri: string]: string } = {};
  readonly kv = new Map<string, Json>();
  readonly #scenario: Scenario;
  readonly #event: KeptnEvent;
  readonly #loops = new Map<number, { turn: number; began: number }>();
  readonly #answers: { readonly [N in CallName]: Answer<N> };
  #posted = 0;

  constructor(scenario: Scenario, event: KeptnEvent, now: number) {
    this.#scenario = scenario;
    this.#event = event;
    this.now = now;
    for (const [key, value] of Object.entries(scenario.kv ?? {})) this.kv.set(key, plain(value));
    this.#answers = this.#createAnswers();
  }

  /** Answers one call as the broker would; mistakes of the scenario are thrown into the guest. */
  async answer(call: GuestCall): Promise<{ answer: CallAnswer; now: number }> {
    const answerTo = this.#answers[call.name as CallName] as Answer<CallName> | undefined;
    let answer: CallAnswer;
    try {
      if (!answerTo) throw new Error(`no call ${JSON.stringify(call.name)} exists`);
      const value = await answerTo(call.args as never, call);
      answer = { ok: true, value: plain(value) };
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      answer = { ok: false, error: { name, message } };
    }
    this.calls.push({
      name: call.name,
      args: call.args as JsonObject,
      answer: answer.ok ? answer.value : answer.error,
      now: this.now,
    });
    return { answer, now: this.now };
  }

  #createAnswers(): { readonly [N in CallName]: Answer<N> } {
    const scenario = this.#scenario;
    const replies = createReplies(scenario.http ?? {});
    return {
      ...createFileAnswers(scenario, this.#event, this.written),
      http: (args) => this.#http(args, replies),
      started: () => null,
      progress: ({ message, data }) => {
        this.progress.push(message ?? JSON.stringify(data ?? {}));
        return null;
      },
      send: ({ type, data }) => {
        this.sent.push({ type, data });
        return { id: `sent-${this.sent.length}` };
      },
      request: ({ type, data, timeout }) => this.#request(type, data, timeout),
      sleep: ({ duration }) => {
        this.now += duration;
        return null;
      },
      poll: (args, { index }) => this.#poll(index, args),
      callback: () => ({ id: "callback", url: "https://periplus.test/callback/1" }),
      "callback.wait": () => {
        const posted = scenario.callbacks?.[this.#posted++];
        return posted === undefined ? null : { body: plain(posted) };
      },
      "kv.get": ({ key }) => (this.kv.has(key) ? { value: this.kv.get(key)! } : null),
      "kv.set": ({ key, value }) => {
        this.kv.set(key, value);
        return null;
      },
      "kv.delete": ({ key }) => {
        this.kv.delete(key);
        return null;
      },
      "kv.list": ({ prefix }) => [...this.kv.keys()].filter((key) => key.startsWith(prefix)).sort(),
      "events.query": (query) => this.#query(query),
      "events.get": ({ context }) =>
        (scenario.events ?? []).filter((event) => event["shkeptncontext"] === context),
      "events.answerers": ({ type }) => [...(scenario.answerers?.[type] ?? [])],
    };
  }

  #http(args: HttpCall, replies: ReturnType<typeof createReplies>): HttpAnswer {
    this.now += NETWORK;
    const { seen, answer } = replies(args);
    this.requests.push(seen);
    return answer;
  }

  #poll(index: number, { every, timeout }: Calls["poll"]["args"]): Calls["poll"]["answer"] {
    const loop = this.#loops.get(index) ?? { turn: -1, began: this.now };
    for (const other of this.#loops.keys()) if (other > index) this.#loops.delete(other);
    loop.turn += TURN;
    this.#loops.set(index, loop);
    if (loop.turn > 0) this.now += every;
    return { turn: loop.turn, expired: timeout !== undefined && this.now - loop.began >= timeout };
  }

  #request(
    type: string,
    data: JsonObject,
    timeout: number | undefined,
  ): Calls["request"]["answer"] {
    const given = this.#scenario.answers?.[type];
    const found = typeof given === "function" ? given(data) : given;
    if (found === undefined) this.now += timeout ?? 0;
    const answers = (found ?? []).map((answer) => {
      const full = { source: "test", message: "", data: {}, ...answer };
      const status = full.status ?? "succeeded";
      return { ...full, result: full.result ?? "pass", status, event: full.event ?? {} };
    });
    return { answers, started: answers.length, timedOut: found === undefined };
  }

  #query(query: Calls["events.query"]["args"]): JsonObject[] {
    const { type, limit = 20, project, stage, service, result } = query;
    const wanted = Object.entries({ project, stage, service });
    const results = result?.split(",");
    const full = type.startsWith("sh.keptn.") ? type : EVENT_PREFIX + type;
    const matching = (this.#scenario.events ?? []).filter((event) => {
      const data = dataOf(event as unknown as KeptnEvent);
      return (
        event["type"] === full &&
        wanted.every(([key, value]) => value === undefined || data[key] === value) &&
        (!results || results.includes(String(data["result"]))) &&
        !(query.excludeInvalidated && this.#invalidated(event))
      );
    });
    return matching.reverse().slice(0, limit);
  }

  #invalidated(event: JsonObject): boolean {
    return (this.#scenario.events ?? []).some(
      ({ type, triggeredid }) =>
        String(type).endsWith(".invalidated") && triggeredid === event["triggeredid"],
    );
  }
}

function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value) ?? "null") as Json;
}
