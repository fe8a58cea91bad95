/** Table `project`: what there is besides its repository. @module */
import { z } from "zod";
import type { Row, Statement } from "../ports/store.ts";
import { sql } from "./statement.ts";

/** What is remembered of a project's upstream; secrets stand elsewhere. */
const upstream = z.object({
  remoteURL: z.string(),
  user: z.string().optional(),
  https: z
    .object({
      insecureSkipTLS: z.boolean(),
      proxy: z
        .object({ url: z.string(), scheme: z.string(), user: z.string().optional() })
        .optional(),
    })
    .optional(),
});
const projectBody = z.object({ upstream: upstream.optional() });

export type Upstream = z.infer<typeof upstream>;
export type ProjectBody = z.infer<typeof projectBody>;

export interface ProjectRow {
  readonly name: string;
  /** Text of the shipyard, as it stands at the head of the default branch. */
  readonly shipyard: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly body: ProjectBody;
}

/**
 * Refuses the batch when the name is taken.
 *
 * The version begins at the time of creation, so that a project which is deleted and made again
 * never comes back to a version that somebody still remembers.
 */
export function insertProject({ name, shipyard, created, body }: ProjectRow): Statement {
  const text = `INSERT INTO project (name, version, shipyard, created, body) VALUES (?, ?, ?, ?, ?)`;
  return sql(text, name, created, shipyard, created, JSON.stringify(body));
}

/** Follows a commit of `shipyard.yaml`, so that the controller sees it at once. */
export function updateShipyard(name: string, shipyard: string): Statement {
  const text = "UPDATE project SET shipyard = ?, version = version + 1 WHERE name = ?";
  return sql(text, shipyard, name);
}

export function updateProjectBody(name: string, body: ProjectBody): Statement {
  const text = "UPDATE project SET body = ?, version = version + 1 WHERE name = ?";
  return sql(text, JSON.stringify(body), name);
}

export function deleteProject(name: string): Statement {
  return sql("DELETE FROM project WHERE name = ?", name);
}

export function selectProject(name: string): Statement {
  return sql("SELECT name, shipyard, created, body FROM project WHERE name = ?", name);
}

export function selectProjects(): Statement {
  return sql("SELECT name, shipyard, created, body FROM project ORDER BY name");
}

/** What {@link readUpstreamUrl} needs. */
export function selectProjectBody(name: string): Statement {
  return sql("SELECT body FROM project WHERE name = ?", name);
}

/** Address of the upstream; empty when there is none. */
export function readUpstreamUrl(row: Row): string {
  return readBody(row).upstream?.remoteURL ?? "";
}

export function readProject(row: Row): ProjectRow {
  return {
    name: String(row.name),
    shipyard: String(row.shipyard),
    created: Number(row.created),
    body: readBody(row),
  };
}

function readBody(row: Row): ProjectBody {
  return projectBody.parse(JSON.parse(String(row.body)));
}
