/** What the frame asks of a screen. @module */
import type { KeptnEvent } from "./models.ts";
import type { LiveFilter } from "./live.ts";

export interface Crumb {
  readonly text: string;
  readonly href?: string;
}
/** What a button says about itself: `data-do` names the act, the rest are its facts. */
export type Facts = { readonly [name: string]: string | undefined };

export interface View {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  /** Which events the screen wants to hear of; absent = it is not live. */
  readonly filter?: LiveFilter;
  /** Reads everything again. */
  load(): Promise<void>;
  render(): readonly Node[];
  /** Takes a live event; true when the screen has to read again what the API composes. */
  hear?(event: KeptnEvent): boolean;
  /** Does what a button asks for; the sentence is told to the person. */
  act?(name: string, facts: Facts): Promise<string>;
  /** True while something runs, so that durations go on. */
  ticking?(): boolean;
  /** Milliseconds until another answer is due though nothing happened. */
  dueIn?(): number | undefined;
}
