/** Octets of leases and permits that are kept over a restart. */
export interface KeptRoutes {
  readonly leases: readonly Uint8Array[];
  readonly permits: readonly Uint8Array[];
}
