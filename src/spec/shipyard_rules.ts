/** What makes a shipyard unacceptable. @module */
import { at, isObject } from "./json.ts";
import type { Shipyard } from "./shipyard.ts";
import type { Problem, YamlText } from "./yaml.ts";

const API_PREFIX = "spec.keptn.sh/";
const VERSION = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** Names of projects, stages and services (Keptn: http-api.md 0.6). */
export const ENTITY_NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** Names the format when the text is a shipyard from before 0.2.0. */
export function legacyShipyard(yaml: YamlText): Problem | undefined {
  const file = yaml.value;
  if (!isObject(file) || "apiVersion" in file) return undefined;
  const advice =
    "write it as apiVersion spec.keptn.sh/0.2.2 with spec.stages[].sequences[].tasks[]";
  if (Array.isArray(file.stages)) {
    const message = `this is the shipyard format of Keptn 0.7 and older (0.1): ${advice}`;
    return { ...yaml.position(["stages"]), message };
  }
  const stages = at(file, "spec", "stages");
  if (Array.isArray(stages) && stages.some((stage) => isObject(stage) && "workflows" in stage)) {
    const message = `this is an early proposal of shipyard 0.2 (workflows): ${advice}`;
    return { ...yaml.position(["spec", "stages", 0, "workflows"]), message };
  }
  return undefined;
}

/** The version rule: at least 0.2, no prerelease (Keptn: orchestration.md 3.1). */
export function versionProblem(apiVersion: string, yaml: YamlText): Problem | undefined {
  const match = VERSION.exec(apiVersion.replace(API_PREFIX, ""));
  const [, major, minor, , prerelease] = match ?? [];
  if (match && !prerelease && (Number(major) > 0 || Number(minor ?? 0) >= 2)) return undefined;
  const said =
    apiVersion === "" ? "apiVersion is missing" : `apiVersion ${apiVersion} is not supported`;
  const message = `${said}: expected spec.keptn.sh/0.2.0 or later, without prerelease`;
  return { ...yaml.position(["apiVersion"]), message };
}

/** The stage rules of project creation (Keptn: orchestration.md 3.1). */
export function stageProblems({ stages }: Shipyard, yaml: YamlText): Problem[] {
  if (stages.length === 0) {
    const message = "no stages: spec.stages needs at least one";
    return [{ ...yaml.position(["spec", "stages"]), message }];
  }
  const problems: Problem[] = [];
  stages.forEach(({ name }, index) => {
    const where = yaml.position(["spec", "stages", index, "name"]);
    if (name === "") problems.push({ ...where, message: "a stage without a name" });
    else if (!ENTITY_NAME.test(name)) {
      const rule =
        "use lower case letters, digits and hyphens, starting with a letter, not ending with a hyphen";
      problems.push({ ...where, message: `stage name ${name} is not a valid Keptn name: ${rule}` });
    }
  });
  return problems;
}
