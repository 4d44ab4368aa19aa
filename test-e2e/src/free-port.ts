import { PortClaims } from "@florenetes/meshlab";

/** Claims are kept until the test's process ends. */
const claims = new PortClaims();

/** A TCP port of this machine on which nobody listens, for a service of the test's own. */
export function freePort(): Promise<number> {
  return claims.claimAny("tcp", "127.0.0.1");
}
