/** How nodes are, as readers of the API and the console see it. */

/** Nodes that were added up together, by names. */
export interface FleetTally {
  /** `heard`, `silent`, `unwell`, `phones`, `relays`. */
  readonly nodes: Readonly<Record<string, number>>;
  /** How many nodes have which finding. */
  readonly findings: Readonly<Record<string, number>>;
  readonly measures: Readonly<
    Record<
      string,
      {
        readonly unit: string;
        readonly count: number;
        readonly sum: number;
        /** Upper bounds of buckets; one more bucket has all above. */
        readonly bounds: readonly number[];
        readonly buckets: readonly number[];
      }
    >
  >;
}

/** How the nodes of a partition are, or those of an organization there. */
export interface FleetResource {
  readonly partition: string;
  /** Null: all nodes of the partition. */
  readonly organization: string | null;
  /** The observer whose word it is. */
  readonly by: string;
  readonly observers: readonly {
    readonly observer: string;
    readonly record: string;
    readonly at: string;
    /** Since when it listens. */
    readonly since: string;
    readonly heard: number;
  }[];
  readonly all: FleetTally;
  /** By role: a node stands in each of its roles. */
  readonly roles: Readonly<Record<string, FleetTally>>;
  /** Nodes without a role, and nodes of roles that are not named. */
  readonly none: FleetTally;
  readonly other: FleetTally;
  readonly versions: Readonly<Record<string, number>>;
  readonly otherVersions: number;
}
