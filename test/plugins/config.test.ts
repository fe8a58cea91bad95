import { expect, it } from "vitest";
import { Configs } from "../../src/plugins/config.ts";
import type { Manifest } from "../../src/plugins/manifest.ts";
import type { PluginResources, ResourcePlace } from "../../src/plugins/ports.ts";
import { KeptnError } from "../../src/spec/errors.ts";
import type { KeptnEvent } from "../../src/spec/event.ts";

const MANIFEST = { name: "probe", config: { type: "object" } } as unknown as Manifest;
const FILES: Record<string, string> = {
  "/": "a: project\nb: project\n",
  "/dev/": "b: stage\n",
  "/dev/carts": "c: service\n",
};

it.each([
  [
    { stage: "dev", service: "carts" },
    { a: "project", b: "stage", c: "service" },
  ],
  [
    { stage: "dev", service: "" },
    { a: "project", b: "stage" },
  ],
  [
    { stage: "", service: "carts" },
    { a: "project", b: "project" },
  ],
])("%j reads the levels that the event names", async (place, config) => {
  const resources = {
    async read({ stage, service }: ResourcePlace) {
      if (stage === "" || service === "") throw new KeptnError("ERR_NAME_INVALID", "empty name");
      const content = FILES[`/${stage === undefined ? "" : `${stage}/${service ?? ""}`}`];
      return { content: new TextEncoder().encode(content), commit: "c" };
    },
  } as unknown as PluginResources;
  const event = { id: "e", data: { project: "p", ...place } } as unknown as KeptnEvent;
  expect(await new Configs(resources).read(MANIFEST, event)).toEqual({ config });
});
