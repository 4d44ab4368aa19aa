/** Octets of leases and permits that are kept over a restart. */
export interface KeptRoutes {
  readonly leases: readonly Uint8Array[];
  readonly permits: readonly Uint8Array[];
}

/** Leases and permits as text, which is another one where anything differs. */
export function textOf({ leases, permits }: KeptRoutes): string {
  return [...leases, new Uint8Array(0), ...permits].map((octets) => Buffer.from(octets).toString("base64")).join(" ");
}
