/** Messages from guest to host. @module */

/** Kinds: a log line, a capability call, the end of the handler. */
export const POST = { log: 0, call: 1, done: 2 } as const;

/** The one function that the host gives to a guest; text is JSON but for log lines. */
export type Post = (kind: number, index: number, name: string, text: string) => void;
