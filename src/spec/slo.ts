/** Service level objectives: what a parsed `slo.yaml` means. Reading the file stands in `slo_file.ts`. @module */

/** Criteria that hold together; null and empty always hold. */
export interface CriteriaGroup {
  readonly criteria: readonly string[] | null;
}

export interface Objective {
  /** Name of the SLI, which is the metric of its value. */
  readonly sli: string;
  readonly displayName: string;
  /** One group that holds is enough; without groups the objective only informs. */
  readonly pass: readonly CriteriaGroup[] | null;
  readonly warning: readonly CriteriaGroup[] | null;
  readonly weight: number;
  readonly key_sli: boolean;
}

/** How history is chosen and folded into one value. */
export interface Comparison {
  readonly compare_with: string;
  readonly include_result_with_score: string;
  readonly number_of_comparison_results: number;
  readonly aggregate_function: string;
}

/** Percentages as written, `%` optional; empty = not given. */
export interface TotalScore {
  readonly pass: string;
  readonly warning: string;
}

/** The fields keep the names of the file (Keptn: lighthouse.md 1.2). */
export interface Slo {
  readonly spec_version: string;
  readonly filter: { readonly [key: string]: string } | null;
  readonly comparison: Comparison;
  readonly objectives: readonly Objective[];
  readonly total_score: TotalScore | null;
}
