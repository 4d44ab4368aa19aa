/** Tells the sessions of one link apart by age: the newest wins. */
export interface SessionOrder {
  readonly instanceStart: number;
  readonly instanceId: string;
  readonly attempt: number;
}

/** By start of the originator's instance, its id where two started in the same millisecond, then number of the attempt. */
export function isNewer(a: SessionOrder, b: SessionOrder): boolean {
  if (a.instanceStart !== b.instanceStart) return a.instanceStart > b.instanceStart;
  if (a.instanceId !== b.instanceId) return a.instanceId > b.instanceId;
  return a.attempt > b.attempt;
}
