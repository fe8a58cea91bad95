/** Files of a simulated project, read and parsed by the platform's own code. @module */
import { KeptnError } from "../../spec/errors.ts";
import type { KeptnEvent } from "../../spec/event.ts";
import { list, parse, read, sli, slo } from "../capabilities/resources.ts";
import type { CallScope, SUSPEND } from "../call.ts";
import type { PluginResources, ResourcePlace } from "../ports.ts";
import type { Calls } from "../sandbox/calls.ts";
import type { Scenario } from "./scenario.ts";

type FileCall = Extract<keyof Calls, `resources.${string}`>;
type FileAnswers = {
  readonly [N in FileCall]: (args: Calls[N]["args"]) => Promise<Calls[N]["answer"]>;
};

/** Answers to the file calls; what the guest writes appears in `written` and is read back. */
export function createFileAnswers(
  scenario: Scenario,
  event: KeptnEvent,
  written: { [uri: string]: string },
): FileAnswers {
  const scope = {
    event,
    ports: { resources: createResources(scenario, written) },
  } as unknown as CallScope;
  // The reading capabilities look at nothing but event and resources, and never suspend.
  const asked =
    <A, R>(run: (args: A, call: CallScope) => Promise<R>) =>
    (args: A) =>
      run(args, scope) as Promise<Exclude<R, typeof SUSPEND>>;
  return {
    "resources.read": asked(read.run),
    "resources.parse": asked(parse.run),
    "resources.slo": asked(slo.run),
    "resources.list": asked(list.run),
    "resources.sli": asked(sli.run),
    "resources.write": async ({ uri, content }) => {
      written[uri] = content;
      return { commit: `written-${Object.keys(written).length}` };
    },
  };
}

function createResources(
  scenario: Scenario,
  written: { readonly [uri: string]: string },
): Pick<PluginResources, "read" | "list"> {
  const filesOf = ({ stage, service }: ResourcePlace): { readonly [uri: string]: string } => {
    if (service !== undefined) return { ...scenario.files, ...written };
    return (stage === undefined ? scenario.projectFiles : scenario.stageFiles) ?? {};
  };
  return {
    async read(place, path) {
      const content = filesOf(place)[path];
      if (content === undefined) {
        throw new KeptnError("ERR_RESOURCE_UNKNOWN", `no file ${path} in the scenario`);
      }
      return { content: new TextEncoder().encode(content), commit: "c0ffee" };
    },
    list: async (place) => ({ paths: Object.keys(filesOf(place)).sort() }),
  };
}
