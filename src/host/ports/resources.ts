/** The port of the project repositories: Keptn's resource service and what the controller asks of it. @module */
import type { Statement } from "./store.ts";

/** Where a resource lives; absent stage = project level, absent service = stage level. */
export interface Level {
  readonly project: string;
  readonly stage?: string;
  readonly service?: string;
}
export interface FileChange {
  /** Path below the level's root, without a leading slash. */
  readonly path: string;
  /** New content; null removes the file. */
  readonly content: Uint8Array | null;
}
export interface Committed {
  readonly commit: string;
}
export interface FileContent {
  readonly content: Uint8Array;
  /** The commit at which it was read. */
  readonly commit: string;
}

/**
 * Versioned files of projects, stages and services.
 *
 * Heads are rows of the store and move under a guard; `along` are statements that the same write
 * shall hold: one that refuses it shows as GuardFailed with an index within `along`. A write of the
 * project's `shipyard.yaml` also updates the table `project` and adds stages that are new in it. Errors thrown: ERR_PROJECT_UNKNOWN, ERR_STAGE_UNKNOWN, ERR_SERVICE_UNKNOWN,
 * ERR_RESOURCE_UNKNOWN, ERR_RESOURCE_URI, ERR_COMMIT_UNKNOWN, ERR_*_EXISTS.
 */
export interface Resources {
  createProject(
    project: string,
    shipyard: string,
    stages: readonly string[],
    along?: readonly Statement[],
  ): Promise<Committed>;
  /** Removes the project's repository and heads; `along` is in the write that makes it final. */
  deleteProject(project: string, along?: readonly Statement[]): Promise<void>;
  /**
   * Writes a new shipyard: stages that it adds get all services, `removed` ones go away but stay in
   * the history.
   */
  updateShipyard(
    project: string,
    shipyard: string,
    removed: readonly string[],
    along?: readonly Statement[],
  ): Promise<Committed>;
  createStage(project: string, stage: string): Promise<Committed>;
  /** Creates the service in every given stage. */
  createService(
    project: string,
    service: string,
    stages: readonly string[],
    along?: readonly Statement[],
  ): Promise<void>;
  deleteService(
    project: string,
    service: string,
    stages: readonly string[],
    along?: readonly Statement[],
  ): Promise<void>;
  write(
    level: Level,
    changes: readonly FileChange[],
    message: string,
    along?: readonly Statement[],
  ): Promise<Committed>;
  /** Reads a file at a commit, at the head when none is given. */
  read(level: Level, path: string, commit?: string): Promise<FileContent>;
  /** Paths below the level's root, without leading slash, in depth-first lexical order. */
  list(level: Level): Promise<{ readonly paths: readonly string[]; readonly commit: string }>;
  /** Head commit of a stage (of the default branch when none is given); null when there is none. */
  head(project: string, stage?: string): Promise<string | null>;
  /**
   * A file of the project's repository as git's dumb protocol asks for it: `HEAD`, `info/refs`,
   * objects and packs; null when there is none.
   */
  gitFile(project: string, path: string): Promise<Uint8Array | null>;
}
