import { createHash } from "node:crypto";

/** Characters of a user's name: utmp has no room for more. */
const LENGTH_MAX = 31;
/** Hexadecimal digits of SHA-256: enough that no two clusters have the same ones by chance. */
const DIGEST_LENGTH = 16;

/** The user and group of a cluster's unit by the unit file (`User=flor-%i`). The name is not valid for every cluster. */
export function userOfUnit(cluster: string): string {
  return `flor-${cluster}`;
}

/**
 * The user and group as which the cluster vertex of a cluster runs: `flor-` and the cluster's name. If the cluster's name is too long for a
 * user, or has a dot, it is replaced by its beginning and a digest of all of it. A cluster has the same user on every node and at every
 * install, and no two clusters share one.
 */
export function clusterUser(cluster: string): string {
  return userFor("flor", cluster);
}

/** The user and group of the unit of a cluster's agent by the unit file (`User=fabric-%i`). The name is not valid for every cluster. */
export function userOfAgentUnit(cluster: string): string {
  return `fabric-${cluster}`;
}

/** The user and group as which the agent of a cluster runs: as `clusterUser`, with `fabric-`. */
export function agentUser(cluster: string): string {
  return userFor("fabric", cluster);
}

/** The user and group of the unit of a cluster's end of a VPN by the unit file (`User=vpn-%i`). The name is not valid for every cluster. */
export function userOfVpnUnit(cluster: string): string {
  return `vpn-${cluster}`;
}

/** The user and group as which a cluster's end of a VPN runs: as `clusterUser`, with `vpn-`. */
export function vpnUser(cluster: string): string {
  return userFor("vpn", cluster);
}

/** The user and group of the unit of a cluster's control-flor by the unit file (`User=control-%i`). The name is not valid for every cluster. */
export function userOfControlUnit(cluster: string): string {
  return `control-${cluster}`;
}

/** The user and group as which a cluster's control-flor runs: as `clusterUser`, with `control-`. */
export function controlUser(cluster: string): string {
  return userFor("control", cluster);
}

/** The user and group of the unit of a cluster's store-flor by the unit file (`User=store-%i`). The name is not valid for every cluster. */
export function userOfStoreUnit(cluster: string): string {
  return `store-${cluster}`;
}

/** The user and group as which a cluster's store-flor runs: as `clusterUser`, with `store-`. */
export function storeUser(cluster: string): string {
  return userFor("store", cluster);
}

function userFor(prefix: string, cluster: string): string {
  const plain = `${prefix}-${cluster}`;
  if (plain.length <= LENGTH_MAX && !cluster.includes(".")) return plain;
  const digest = createHash("sha256").update(cluster).digest("hex").slice(0, DIGEST_LENGTH);
  const room = LENGTH_MAX - DIGEST_LENGTH - `${prefix}__`.length;
  // A plain name has no underscore behind the prefix.
  return `${prefix}_${cluster.replaceAll(".", "-").slice(0, room)}_${digest}`;
}
