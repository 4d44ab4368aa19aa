/** Organizations whose records a reader sees, beside those of the cluster. */
export type Organizations = "all" | ReadonlySet<string>;

/** The rights of a principal that may ask. */
export interface ReaderRights {
  readonly organizations: Organizations;
  /** Whether it may bring proposals, signatures and signed records. */
  readonly mayPropose: boolean;
}
