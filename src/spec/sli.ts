/** Service level indicators: what a parsed `sli.yaml` means. Reading the file stands in `sli_file.ts`. @module */

export interface Sli {
  readonly spec_version: string;
  /** Query by indicator. */
  readonly indicators: { readonly [indicator: string]: string };
  /** Unit by indicator, such as `ms`; Keptn ignores this key. */
  readonly units: { readonly [indicator: string]: string };
}

/** Merges the files of project, stage and service, in this order; later ones win (Keptn: lighthouse.md 10). */
export function mergeSlis(files: readonly Sli[]): Sli {
  return {
    spec_version: files.at(-1)?.spec_version ?? "",
    indicators: Object.assign({}, ...files.map(({ indicators }) => indicators)),
    units: Object.assign({}, ...files.map(({ units }) => units)),
  };
}

export const NO_INDICATORS = "missing required field: indicators";
