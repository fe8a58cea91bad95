/** The port through which every outgoing request of a plugin goes. @module */

export interface EgressRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: Uint8Array;
  /** Private and loopback addresses that may be reached: `host:port` or CIDR. */
  readonly privately: readonly string[];
  /** Refuse every address outside `privately`, public ones too. */
  readonly only?: boolean;
}
export interface EgressAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
}

/** One hop of a request: name resolved once and pinned, redirects handed back as answers. */
export interface Egress {
  /**
   * @throws {KeptnError} ERR_PLUGIN_DENIED when the address may not be reached, ERR_UPSTREAM when it
   * cannot be reached, answers too much or takes too long
   */
  send(request: EgressRequest, signal: AbortSignal): Promise<EgressAnswer>;
}
