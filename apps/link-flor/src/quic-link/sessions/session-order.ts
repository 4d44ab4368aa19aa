import { type Instance, isLater } from "@florenetes/wire-values";

/** Tells the sessions of one link apart by age: the newest wins. */
export interface SessionOrder {
  /** The instance of the originator. */
  readonly instance: Instance;
  readonly attempt: number;
}

/** A later instance makes a newer session; within one instance, a later attempt does. */
export function isNewer(a: SessionOrder, b: SessionOrder): boolean {
  if (isLater(a.instance, b.instance)) return true;
  return !isLater(b.instance, a.instance) && a.attempt > b.attempt;
}
