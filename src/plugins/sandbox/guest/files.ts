/** The project's files as a guest reads and writes them. @module */
import type { Slo } from "../../../spec/slo.ts";
import type { ProjectFiles, At, Level } from "../../sdk/context.ts";
import type { Calls } from "../calls.ts";
import type { Wire } from "./wire.ts";

type As = NonNullable<Calls["resources.parse"]["args"]["as"]>;

/** Files over capability calls; the host parses. */
export function createFiles(wire: Wire): ProjectFiles {
  const parse = async <T>(uri: string, at: At, as?: As): Promise<T | undefined> => {
    const found = await wire.call("resources.parse", {
      uri,
      ...placeOf(at),
      ...(as ? { as } : {}),
    });
    return found === null ? undefined : (found.value as T);
  };
  return {
    async read(uri, at = {}) {
      return (await wire.call("resources.read", { uri, ...placeOf(at) }))?.content;
    },
    async find(uri, at = {}) {
      return (await wire.call("resources.read", { uri, ...placeOf(at) })) ?? undefined;
    },
    parse: (uri, at = {}) => parse(uri, at),
    list: (level) => wire.call("resources.list", { level }),
    slo: async <T>(at: At = {}) =>
      (await wire.call("resources.slo", placeOf(at)))?.slo as T | undefined,
    async sloFile(at = {}) {
      const found = await wire.call("resources.slo", placeOf(at));
      return found === null ? undefined : { ...found, slo: found.slo as unknown as Slo };
    },
    remediation: (at = { level: "service" }) => parse("remediation.yaml", at, "remediation"),
    async sli(provider) {
      const found = await wire.call("resources.sli", { provider });
      return (found?.indicators ?? undefined) as { [indicator: string]: string } | undefined;
    },
    async units(provider) {
      const found = await wire.call("resources.sli", { provider });
      return (found?.units ?? {}) as { [indicator: string]: string };
    },
    async write(uri, content, { level = "service", message } = {}) {
      const named = message === undefined ? {} : { message };
      const { commit } = await wire.call("resources.write", { uri, content, level, ...named });
      return commit;
    },
  };
}

function placeOf({ level, newest }: At): { level?: Level; newest?: boolean } {
  return {
    ...(level === undefined ? {} : { level }),
    ...(newest === undefined ? {} : { newest }),
  };
}
