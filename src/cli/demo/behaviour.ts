/** How the shop behaves: its version decides speed and errors, a switch can spoil it. @module */

/** What one request costs. */
export interface Behaviour {
  /** Milliseconds until the answer, about. */
  readonly delay: number;
  /** Share of requests that fail, 0 … 1. */
  readonly errors: number;
}
/** What runs in a stage, as its values in git say. */
export interface Deployed {
  /** Image with tag; absent = nothing was deployed yet. */
  readonly image?: string;
  /** Feature switches that are on. */
  readonly features: readonly string[];
}

export const GOOD_IMAGE = "ghcr.io/sockshop/carts:0.12.1";
export const SLOW_IMAGE = "ghcr.io/sockshop/carts:0.12.2";
/** The switch whose code fails under load. */
export const PROMOTION = "EnablePromotion";

const RELEASES: { readonly [tag: string]: Behaviour } = {
  "0.12.1": { delay: 12, errors: 0 },
  // The release that reads the whole cart history for every item.
  "0.12.2": { delay: 420, errors: 0 },
};
const ORDINARY: Behaviour = { delay: 15, errors: 0 };
const PROMOTION_ERRORS = 0.4;

/** The behaviour of what is deployed; versions that nobody described are ordinary. */
export function behaviourOf({ image, features }: Deployed): Behaviour {
  const release = RELEASES[tagOf(image ?? "")] ?? ORDINARY;
  return features.includes(PROMOTION)
    ? { ...release, errors: Math.max(release.errors, PROMOTION_ERRORS) }
    : release;
}

export function tagOf(image: string): string {
  const name = image.slice(image.lastIndexOf("/") + 1);
  return name.includes(":") ? name.slice(name.indexOf(":") + 1) : "";
}
