/** Table `slot`: the versions that guard who runs where. @module */
import type { Row, Statement } from "../ports/store.ts";
import type { Slot } from "./state.ts";
import { columns, rowsAsJson, sql } from "./statement.ts";

export interface SlotRow extends Slot {
  /** 0 = no row yet. */
  readonly version: number;
  /** Place of the next execution that comes. */
  readonly next: number;
}

const UPSERT = `INSERT INTO slot (project, stage, service, version, next)
  SELECT ${columns(5)} FROM json_each(?1) WHERE true
  ON CONFLICT (project, stage, service) DO UPDATE SET version = excluded.version, next = excluded.next`;

export function upsertSlots(slots: readonly SlotRow[]): Statement[] {
  return rowsAsJson(
    UPSERT,
    slots.map(({ project, stage, service, version, next }) => [
      project,
      stage,
      service,
      version,
      next,
    ]),
  );
}

export function selectSlot({ project, stage, service }: Slot): Statement {
  return sql(
    `SELECT version, next FROM slot WHERE project = ? AND stage = ? AND service = ?`,
    project,
    stage,
    service,
  );
}

export function readSlot(slot: Slot, row: Row | undefined): SlotRow {
  return { ...slot, version: Number(row?.version ?? 0), next: Number(row?.next ?? 1) };
}
