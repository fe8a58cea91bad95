/** Where the program runs from. @module */

export interface Place {
  /** Folder of the package: `package.json`, `src`, the shipped `plugins`. */
  readonly root: string;
  /** Folder of the bundles that were built from it. */
  readonly bundles: string;
}
