/** Pools of a VPN are services of the mesh, known by their names alone (docs/protocol/vpn-service.md). */
const PREFIX = "vpn-egress.";

/** The service of a pool's egresses. */
export function serviceOfPool(pool: string): string {
  return `${PREFIX}${pool}`;
}

/** The pool of a service; undefined: it is none of egresses. */
export function poolOfService(service: string): string | undefined {
  return service.startsWith(PREFIX) ? service.slice(PREFIX.length) : undefined;
}
