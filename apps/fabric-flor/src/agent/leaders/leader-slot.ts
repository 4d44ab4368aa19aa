/** A service with a leader. */
export interface LeaderSlot {
  /** `cluster`, or `org/` and the name of an organization. */
  readonly scope: string;
  readonly service: string;
}

export function keyOfSlot({ scope, service }: LeaderSlot): string {
  return `${scope} ${service}`;
}

/** How many coordinators have to agree, of so many that records list. */
export function neededOf(rule: "one" | "majority", coordinators: number): number {
  return rule === "one" ? 1 : Math.floor(coordinators / 2) + 1;
}
