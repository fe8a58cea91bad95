/** Table `integration`: who registered, with which subscriptions. @module */
import type { Row, Statement } from "../ports/store.ts";
import { sql } from "./statement.ts";

export interface Subscription {
  readonly id: string;
  readonly event: string;
  readonly filter: {
    readonly projects: readonly string[];
    readonly stages: readonly string[];
    readonly services: readonly string[];
  };
}

/** One registered integration (Keptn: http-api.md 4.1); `lastseen` in milliseconds since 1970. */
export interface Integration {
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  readonly integrationversion: string;
  readonly distributorversion: string;
  readonly location: string;
  readonly namespace: string;
  readonly podname: string;
  readonly deploymentname: string;
  readonly subscriptions: readonly Subscription[];
  readonly lastseen: number;
}

export interface IntegrationRow {
  readonly integration: Integration;
  /** Stored text, by which a change finds out whether somebody else was faster. */
  readonly body: string;
}

const ROW = `id, lastseen, body`;

export function insertIntegration(integration: Integration): Statement {
  const { id, name, namespace, lastseen } = integration;
  return sql(
    `INSERT INTO integration (id, name, namespace, lastseen, body) VALUES (?, ?, ?, ?, ?)`,
    id,
    name,
    namespace,
    lastseen,
    bodyOf(integration),
  );
}

/** Changes an integration unless its row is not as it was read. */
export function updateIntegration(integration: Integration, before: string): Statement {
  return sql(
    `UPDATE integration SET lastseen = ?, body = ? WHERE id = ? AND body = ?`,
    integration.lastseen,
    bodyOf(integration),
    integration.id,
    before,
  );
}

export function touchIntegration(id: string, lastseen: number): Statement {
  return sql(`UPDATE integration SET lastseen = ? WHERE id = ?`, lastseen, id);
}

export function deleteIntegration(id: string): Statement {
  return sql(`DELETE FROM integration WHERE id = ?`, id);
}

/** Forgets the integrations that were last seen before an instant. */
export function deleteSilent(before: number): Statement {
  return sql(`DELETE FROM integration WHERE lastseen < ?`, before);
}

export function selectIntegration(id: string, since: number): Statement {
  return sql(`SELECT ${ROW} FROM integration WHERE id = ? AND lastseen >= ?`, id, since);
}

export function selectNamesakes(name: string, namespace: string, since: number): Statement {
  return sql(
    `SELECT ${ROW} FROM integration WHERE name = ? AND namespace = ? AND lastseen >= ?
     ORDER BY lastseen DESC, id`,
    name,
    namespace,
    since,
  );
}

export function selectIntegrations(since: number): Statement {
  return sql(`SELECT ${ROW} FROM integration WHERE lastseen >= ? ORDER BY name, id`, since);
}

export function readIntegration(row: Row): IntegrationRow {
  const body = String(row.body);
  const rest = JSON.parse(body) as Omit<Integration, "id" | "lastseen">;
  return {
    body,
    integration: { ...rest, id: String(row.id), lastseen: Number(row.lastseen) },
  };
}

function bodyOf({ id: _id, lastseen: _lastseen, ...rest }: Integration): string {
  return JSON.stringify(rest);
}
