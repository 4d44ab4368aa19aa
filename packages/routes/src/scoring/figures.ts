/** Figures that others have written down, and which may be anything. */

/** Whether a value is a count: an integer from 0 on. NaN, infinite, negative and broken numbers are none. */
export function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && value! >= 0;
}

/** A figure up to `worst`, of which a higher one is worse. Whatever is no count, or not there, is the worst. */
export function atMost(value: number | undefined, worst: number): number {
  return isCount(value) ? Math.min(value, worst) : worst;
}

/** A figure up to `best`, of which a lower one is worse. Whatever is no count, or not there, is 0. */
export function atLeastNothing(value: number | undefined, best: number): number {
  return isCount(value) ? Math.min(value, best) : 0;
}
