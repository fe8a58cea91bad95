/** Bodies of the project and service requests, parsed once. @module */
import { z } from "zod";
import { decodeBase64 } from "../../spec/base64.ts";
import { KeptnError } from "../../spec/errors.ts";
import type { Json } from "../../spec/json.ts";
import { projectInput, serviceInput } from "../../spec/models.ts";
import { validateShipyard } from "../../spec/shipyard_file.ts";
import { ENTITY_NAME } from "../../spec/shipyard_rules.ts";
import { credentialsProblem, type GitCredentials } from "./credentials.ts";

export interface Limits {
  /** PROJECT_NAME_MAX_SIZE */
  readonly projectName: number;
  /** SERVICE_NAME_MAX_SIZE */
  readonly serviceName: number;
}
export interface ShipyardInput {
  /** As received. */
  readonly base64: string;
  readonly text: string;
  /** Names of the stages, each once, in file order. */
  readonly stages: readonly string[];
}
export interface ProjectInput {
  readonly name: string;
  readonly shipyard: ShipyardInput | undefined;
  readonly credentials: GitCredentials | undefined;
}

const NAME_RULE =
  "use lower case letters, digits and hyphens, starting with a letter, not ending with a hyphen";
const NO_FOLDER_NAME = /[/><|:&\s\u0000-\u001f\u007f\\]/;

/**
 * Reads the body of POST /v1/project.
 *
 * @throws {KeptnError} with Keptn's messages (Keptn: http-api.md 2.2.4)
 */
export function readNewProject(body: Json, limits: Limits): ProjectInput & NewProject {
  const input = readProject(body, limits.projectName);
  if (!input.shipyard) {
    throw invalid("shipyard must contain a valid shipyard spec encoded in base64: it is missing");
  }
  return { ...input, shipyard: input.shipyard };
}
interface NewProject {
  readonly shipyard: ShipyardInput;
}

/** Reads the body of PUT /v1/project, where only the name is required and may have any length. */
export function readProjectUpdate(body: Json): ProjectInput {
  return readProject(body, Number.POSITIVE_INFINITY);
}

function readProject(body: Json, longest: number): ProjectInput {
  const { name = "", shipyard, gitCredentials } = parse(body, projectInput);
  if (name === "") throw invalid("project name missing", "ERR_NAME_INVALID");
  if (name.length > longest) {
    const message = `project name exceeds maximum size of ${longest} characters`;
    throw invalid(message, "ERR_NAME_INVALID");
  }
  if (!ENTITY_NAME.test(name)) {
    const message = `provided project name is not a valid Keptn entity name: ${name}; ${NAME_RULE}`;
    throw invalid(message, "ERR_NAME_INVALID");
  }
  const problem = gitCredentials ? credentialsProblem(gitCredentials) : undefined;
  if (problem) throw invalid(problem);
  return {
    name,
    shipyard: shipyard ? readShipyard(shipyard) : undefined,
    credentials: gitCredentials ?? undefined,
  };
}

function readShipyard(base64: string): ShipyardInput {
  const bytes = decodeBase64(base64);
  if (!bytes) throw invalid("could not decode shipyard content: it is not base64");
  const text = new TextDecoder().decode(bytes);
  const read = validateShipyard(text);
  if (!read.ok) throw invalid(read.why, "ERR_SHIPYARD_INVALID");
  return { base64, text, stages: [...new Set(read.shipyard.stages.map(({ name }) => name))] };
}

/**
 * Reads the body of POST /v1/project/{project}/service (Keptn: http-api.md 2.2.8).
 *
 * @throws {KeptnError} ERR_BODY_INVALID, ERR_NAME_INVALID
 */
export function readService(body: Json, limits: Limits): string {
  const { serviceName: name = "" } = parse(body, serviceInput);
  if (name === "") throw badName("must provide a service name");
  if (name.length > limits.serviceName) {
    // Keptn says project here; clients may look for the words.
    const message = `project name exceeds maximum size of ${limits.serviceName} characters`;
    throw badName(`${message}: the service name has ${name.length}`);
  }
  if (NO_FOLDER_NAME.test(name) || /^\.+$|^\.git$|^\.keptn-stages$/i.test(name)) {
    throw badName(
      `service name ${name} is not a valid folder name: leave out / > < | : & and blanks`,
    );
  }
  return name;
}

function parse<T>(body: Json, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const place = issue.path.map(String);
  const said =
    issue.code === "unrecognized_keys"
      ? `json: unknown field "${[...place, issue.keys[0]].join(".")}"`
      : `json: ${place.join(".") || "body"}: ${issue.message}`;
  throw new KeptnError("ERR_BODY_INVALID", `Invalid request format: ${said}`, {
    hint: "expected an object with name, shipyard (base64) and gitCredentials",
  });
}

function invalid(
  why: string,
  code: "ERR_BODY_INVALID" | "ERR_NAME_INVALID" | "ERR_SHIPYARD_INVALID" = "ERR_BODY_INVALID",
): KeptnError {
  return new KeptnError(code, `Could not validate payload: ${why}`);
}

function badName(message: string): KeptnError {
  return new KeptnError("ERR_NAME_INVALID", message);
}
