/** Exit codes of the command (Keptn's users: ux.md 1.6). @module */
export const EXIT = {
  ok: 0,
  /** Wrong use, or the host refused. */
  error: 1,
  fail: 2,
  /** Only when `--fail-on warning` asks for it. */
  warning: 3,
  timedOut: 4,
  aborted: 5,
} as const;
