/** Additions to the web globals that guests have. @module */

declare global {
  interface RequestInit {
    /** Sent as a JSON body with its content type; takes the place of `body`. */
    json?: unknown;
    /** Milliseconds after which the request fails. */
    timeout?: number;
  }
}

export {};
