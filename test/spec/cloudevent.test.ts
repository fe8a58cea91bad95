import { describe, expect, it } from "vitest";
import { readCloudEvents } from "../../src/spec/cloudevent.ts";

const TIME = "2022-01-01T00:00:00.123456789Z";
const EVENT = {
  id: "own-id",
  type: "sh.keptn.event.dev.delivery.triggered",
  source: "test",
  specversion: "1.0",
  time: TIME,
  traceparent: "00-ab-cd-01",
  customattribute: "kept",
  data: { project: "p" },
};

describe("readCloudEvents", () => {
  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "application/cloudevents+json",
    "",
  ])("takes structured events with content type %j as they are", (type) => {
    const headers = { "content-type": type };
    expect(readCloudEvents({ headers, body: JSON.stringify(EVENT) })).toEqual({
      ok: true,
      mode: "structured",
      events: [EVENT],
    });
  });

  it("reads binary events: no id invented, nanoseconds and foreign attributes kept", () => {
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "ce-specversion": "1.0",
      "ce-type": EVENT.type,
      "ce-source": "a%20source",
      "ce-time": TIME,
      "ce-traceparent": "00-ab-cd-01",
      "ce-shkeptncontext": "c",
      "x-token": "none of the event",
    };
    expect(readCloudEvents({ headers, body: '{"project":"p"}' })).toEqual({
      ok: true,
      mode: "binary",
      events: [
        {
          specversion: "1.0",
          type: EVENT.type,
          source: "a source",
          time: TIME,
          traceparent: "00-ab-cd-01",
          shkeptncontext: "c",
          datacontenttype: "application/json; charset=utf-8",
          data: { project: "p" },
        },
      ],
    });
  });

  it("keeps the id of a binary event, and text data as text", () => {
    const headers = {
      "content-type": "text/plain",
      "ce-specversion": "1.0",
      "ce-id": "own",
      "ce-type": "t",
      "ce-source": "s",
    };
    const read = readCloudEvents({ headers, body: "hello" });
    expect(read).toMatchObject({ ok: true, events: [{ id: "own", data: "hello" }] });
  });

  it("reads batches in order", () => {
    const headers = { "content-type": "application/cloudevents-batch+json" };
    const body = JSON.stringify([EVENT, { ...EVENT, id: "second" }]);
    expect(readCloudEvents({ headers, body })).toEqual({
      ok: true,
      mode: "batch",
      events: [EVENT, { ...EVENT, id: "second" }],
    });
  });

  it("decodes data_base64", () => {
    const { data: _data, ...event } = EVENT;
    const body = JSON.stringify({
      ...event,
      datacontenttype: "application/json",
      data_base64: "eyJwcm9qZWN0IjoicCJ9",
    });
    const read = readCloudEvents({ headers: {}, body });
    expect(read).toMatchObject({ ok: true, events: [{ id: "own-id", data: { project: "p" } }] });
  });

  it.each([
    ["application/json", "{", /no JSON/],
    ["application/json", "[]", /no JSON object/],
    ["application/cloudevents-batch+json", "{}", /no JSON array/],
    ["application/cloudevents-batch+json", "[1]", /entry 0/],
  ])("refuses %s %s by a value", (type, body, why) => {
    expect(readCloudEvents({ headers: { "content-type": type }, body })).toEqual({
      ok: false,
      why: expect.stringMatching(why),
    });
  });
});
