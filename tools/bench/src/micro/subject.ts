/** Does a small fixed piece of work, and returns its number of operations. */
export type Work = () => number | Promise<number>;

/** A piece of work whose cost is measured. */
export interface Subject {
  /** The subject's name. Its first word is the part of the product that it belongs to. */
  readonly name: string;
  /** A single operation, in a few words. */
  readonly operation: string;
  /** Entries of the subject's table, if its cost should not depend on their number. */
  readonly entries?: number;
  /** Makes everything that is not to be measured. */
  prepare(): Work | Promise<Work>;
}

/** Work that takes a step `count` times: each is an operation. */
export function repeated(count: number, step: () => void): Work {
  return () => {
    for (let i = 0; i < count; i++) step();
    return count;
  };
}

/** Numbers below `limit` in an order that no cache foresees, the same in every run. */
export function scattered(count: number, limit: number): Uint32Array {
  let state = 1;
  return Uint32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  });
}
