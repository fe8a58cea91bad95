/** The port of the secrets: values go in, and only the egress of plugins gets them out. @module */

export interface SecretName {
  readonly name: string;
  readonly scope: string;
  readonly keys: readonly string[];
}

export interface Secrets {
  /** Names and keys, by name and scope; never values. */
  list(): Promise<readonly SecretName[]>;
  /** @throws {KeptnError} ERR_SECRET_EXISTS */
  create(name: string, scope: string, data: { readonly [key: string]: string }): Promise<void>;
  /** @throws {KeptnError} ERR_SECRET_UNKNOWN */
  update(name: string, scope: string, data: { readonly [key: string]: string }): Promise<void>;
  /** @throws {KeptnError} ERR_SECRET_UNKNOWN */
  delete(name: string, scope: string): Promise<void>;
  /** Values of a secret whatever its scope, for outgoing requests; null when there is none. */
  read(name: string): Promise<{ readonly [key: string]: string } | null>;
}
