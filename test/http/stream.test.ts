/** The live stream: filters, resuming, reset, end. @module */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sql } from "../../src/host/tables/statement.ts";
import { BASE, delivery, openHost, settle, SHIPYARD, type TestHost, TOKEN } from "./host.ts";

interface Message {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

let host: TestHost;
/** The place in the log before anything that the tests do. */
let before: string;
beforeEach(async () => {
  host = await openHost();
  await host.project("p", SHIPYARD, "carts", "orders");
  before = String(host.controller.newest);
});
afterEach(async () => {
  host.drain();
  await host.close();
});

/** Opens a stream; `read` gives the messages that came since it was called last. */
async function listen(query = "", lastId?: string) {
  const headers = { "x-token": TOKEN, ...(lastId ? { "last-event-id": lastId } : {}) };
  const request = new Request(`http://host/api/v1/events/stream${query}`, { headers });
  const response = await host.app.fetch(request);
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let ended = false;
  const pump = async (): Promise<void> => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += decoder.decode(part.value, { stream: true });
    }
    ended = true;
  };
  void pump();
  return {
    response,
    get ended() {
      return ended;
    },
    cancel: () => reader.cancel(),
    async read(): Promise<Message[]> {
      await settle();
      const blocks = text.split("\n\n").slice(0, -1);
      text = "";
      return blocks.map(messageOf);
    },
  };
}

function messageOf(block: string): Message {
  const fields = block.split("\n").filter((line) => !line.startsWith(":"));
  return Object.fromEntries(fields.map((line) => line.split(/: (.*)/s).slice(0, 2)));
}
const typesOf = (messages: Message[]): string[] =>
  messages
    .filter(({ data, event }) => data && !event)
    .map(({ data }) => JSON.parse(data!).type.replace("sh.keptn.event.", ""));

const DELIVERY = ["staging.delivery.triggered", "deployment.triggered"];

describe("live stream", () => {
  test("what is committed comes at once, in order, with its reason before it", async () => {
    const stream = await listen();
    expect(stream.response.headers.get("content-type")).toContain("text/event-stream");
    await stream.read();
    await host.post(delivery("p", "carts"));
    const messages = await stream.read();
    expect(typesOf(messages)).toEqual(DELIVERY);
    const why = messages.findIndex(({ event }) => event === "reason");
    const { eventId, reason } = JSON.parse(messages[why]!.data!);
    expect(JSON.parse(messages[why + 1]!.data!).id).toBe(eventId);
    expect(reason).toMatchObject({ rule: "task-sent" });
  });

  test.each([
    ["?service=orders", 2],
    ["?service=none", 0],
    ["?project=p&stage=staging", 4],
    ["?project=q", 0],
    ["?type=sh.keptn.event.deployment.triggered", 2],
    ["?context=61202020-2020-4020-a020-202020202020", 2],
  ])("filter %s", async (query, count) => {
    const live = await listen(query);
    await host.post(delivery("p", "carts", { shkeptncontext: "a" }));
    await host.post(delivery("p", "orders"));
    expect(typesOf(await live.read())).toHaveLength(count);
    const replayed = await listen(query, before);
    expect(typesOf(await replayed.read())).toHaveLength(count);
  });

  test("resumes after the last id, without gap or repetition", async () => {
    await host.post(delivery("p", "carts"));
    const first = await listen("", before);
    const seen = await first.read();
    await first.cancel();
    await host.post(delivery("p", "orders"));
    const second = await listen("", seen.at(-1)!.id);
    await host.post(delivery("p", "orders"));
    const more = await second.read();
    expect(typesOf([...seen, ...more]).filter((type) => type === DELIVERY[0])).toHaveLength(3);
    const places = [...seen, ...more].filter(({ data, event }) => data && !event);
    const numbers = places.map(({ id }) => Number(id));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test("a long replay comes in parts and then goes on live", async () => {
    for (let index = 0; index < 130; index += 1) await host.post(delivery("p", `s${index}`));
    const stream = await listen("", before);
    await host.post(delivery("p", "last"));
    await settle();
    const types = typesOf(await stream.read());
    expect(types.filter((type) => type === DELIVERY[0])).toHaveLength(131);
  });

  test("commands are told as a change of state", async () => {
    const context = await host.post(delivery("p", "carts"));
    const stream = await listen("?project=p");
    await host.call("POST", `${BASE}/sequence/p/${context}/control`, { state: "pause" });
    const [change] = (await stream.read()).filter(({ event }) => event === "state");
    expect(JSON.parse(change!.data!)).toEqual({ project: "p", keptnContext: context });
  });

  test.each([
    ["older than what is kept", `seq < (SELECT max(seq) FROM event)`, "0"],
    ["purged, though an older delivery is still open", `seq = 2`, "2"],
    ["not of this log", `seq < 0`, "999999"],
  ])("reset: %s", async (_why, purged, lastId) => {
    await host.post(delivery("p", "carts"));
    await host.store.write([sql(`DELETE FROM event WHERE ${purged}`)]);
    const stream = await listen("", lastId);
    const [message] = await stream.read();
    expect(message).toMatchObject({ event: "reset", id: String(host.controller.newest) });
    await host.post(delivery("p", "orders"));
    expect(typesOf(await stream.read())).toEqual(DELIVERY);
  });

  test("ends when the host stops", async () => {
    const stream = await listen();
    await settle();
    expect(stream.ended).toBe(false);
    host.drain();
    await settle();
    expect(stream.ended).toBe(true);
  });

  test("a wrong id is refused", async () => {
    const answer = await host.call("GET", "/api/v1/events/stream?lastEventId=x");
    expect(answer.status).toBe(400);
  });
});
