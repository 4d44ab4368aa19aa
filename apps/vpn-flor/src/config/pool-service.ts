const PREFIX = "vpn-egress.";

/** The service of a pool's egresses. */
export function serviceOf(pool: string): string {
  return `${PREFIX}${pool}`;
}

/** The pool of a service; undefined: it is none of egresses. */
export function poolOf(service: string): string | undefined {
  return service.startsWith(PREFIX) ? service.slice(PREFIX.length) : undefined;
}
