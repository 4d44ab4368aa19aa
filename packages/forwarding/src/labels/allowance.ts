/** The limits of a permit for what passes from a link to another. A way without an allowance is open to all classes, at any rate. */
export interface Allowance {
  /** A set of classes, as `isInClasses` reads it. */
  readonly classes: number;
  /** 0: nothing passes. */
  readonly bitsPerSecond: number;
}
