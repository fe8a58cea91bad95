/** The one error class that crosses module boundaries. @module */

/** Whose turn it is to act on an error. */
export type Blame = "caller" | "operator" | "plugin" | "us";

interface CodeFacts {
  readonly status: number;
  readonly blame: Blame;
}

/** Every code, the HTTP status it answers with, and who must act. */
export const ERROR_CODES = {
  ERR_USAGE: { status: 400, blame: "caller" },
  ERR_EVENT_INVALID: { status: 400, blame: "caller" },
  ERR_BODY_INVALID: { status: 400, blame: "caller" },
  ERR_QUERY_INVALID: { status: 400, blame: "caller" },
  ERR_BODY_TOO_LARGE: { status: 413, blame: "caller" },
  ERR_MEDIA_TYPE: { status: 415, blame: "caller" },
  ERR_FIELD_MISSING: { status: 422, blame: "caller" },
  ERR_FIELD_RANGE: { status: 422, blame: "caller" },
  ERR_TOKEN_INVALID: { status: 401, blame: "caller" },
  ERR_RATE_LIMITED: { status: 429, blame: "caller" },
  ERR_FORBIDDEN: { status: 403, blame: "caller" },
  ERR_NOT_FOUND: { status: 404, blame: "caller" },
  ERR_PROJECT_UNKNOWN: { status: 404, blame: "caller" },
  ERR_STAGE_UNKNOWN: { status: 404, blame: "caller" },
  ERR_SERVICE_UNKNOWN: { status: 404, blame: "caller" },
  ERR_RESOURCE_UNKNOWN: { status: 404, blame: "caller" },
  ERR_INTEGRATION_UNKNOWN: { status: 404, blame: "caller" },
  ERR_SECRET_UNKNOWN: { status: 404, blame: "caller" },
  ERR_CONTEXT_UNKNOWN: { status: 404, blame: "caller" },
  ERR_PLUGIN_UNKNOWN: { status: 404, blame: "caller" },
  ERR_PROJECT_EXISTS: { status: 409, blame: "caller" },
  ERR_STAGE_EXISTS: { status: 409, blame: "caller" },
  ERR_SERVICE_EXISTS: { status: 409, blame: "caller" },
  ERR_SECRET_EXISTS: { status: 409, blame: "caller" },
  ERR_CONFLICT: { status: 409, blame: "caller" },
  ERR_NAME_INVALID: { status: 400, blame: "caller" },
  ERR_RESOURCE_URI: { status: 400, blame: "caller" },
  ERR_SHIPYARD_INVALID: { status: 400, blame: "caller" },
  ERR_FILE_INVALID: { status: 400, blame: "caller" },
  ERR_COMMIT_UNKNOWN: { status: 500, blame: "caller" },
  ERR_UPSTREAM: { status: 424, blame: "operator" },
  ERR_HOST_UNREACHABLE: { status: 503, blame: "operator" },
  ERR_STORE_UNAVAILABLE: { status: 503, blame: "operator" },
  ERR_STORE_SCHEMA: { status: 500, blame: "operator" },
  ERR_DISK_FULL: { status: 507, blame: "operator" },
  ERR_READ_ONLY: { status: 503, blame: "operator" },
  ERR_CONFIG_INVALID: { status: 500, blame: "operator" },
  ERR_IN_USE: { status: 500, blame: "operator" },
  ERR_STARTING: { status: 503, blame: "us" },
  ERR_STOPPING: { status: 503, blame: "us" },
  ERR_PLUGIN_MANIFEST: { status: 422, blame: "plugin" },
  ERR_PLUGIN_BUNDLE: { status: 422, blame: "plugin" },
  ERR_PLUGIN_THREW: { status: 500, blame: "plugin" },
  ERR_PLUGIN_LIMIT: { status: 500, blame: "plugin" },
  ERR_PLUGIN_PROTOCOL: { status: 500, blame: "plugin" },
  ERR_PLUGIN_DENIED: { status: 403, blame: "plugin" },
  ERR_JOURNAL_DIVERGED: { status: 500, blame: "plugin" },
  ERR_INVARIANT: { status: 500, blame: "us" },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error with a closed set of codes; `message` says what was wrong, where, and what would be right. */
export class KeptnError extends Error {
  override readonly name = "KeptnError";
  readonly code: ErrorCode;
  /** Serialisable facts: names, limits, positions. */
  readonly data: Record<string, unknown>;

  constructor(
    code: ErrorCode,
    message: string,
    data: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.data = data;
  }

  /** The HTTP status this error answers with. */
  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  get blame(): Blame {
    return ERROR_CODES[this.code].blame;
  }

  /** Recognises the class by shape, so that it also holds across realms and bundles. */
  static is(error: unknown, code?: ErrorCode): error is KeptnError {
    const seen = error as Partial<KeptnError> | null;
    return seen?.name === "KeptnError" && (code === undefined || seen.code === code);
  }
}
