import { createHash } from "node:crypto";

/** Characters of a user's name: what utmp has room for. */
const LENGTH_MAX = 31;
/** Hexadecimal digits of SHA-256: nobody finds two clusters with the same ones by chance. */
const DIGEST_LENGTH = 16;

/** The user, and group, as which the unit itself has the cluster vertex of a cluster run (`User=flor-%i`). It is not valid for every name. */
export function userOfUnit(cluster: string): string {
  return `flor-${cluster}`;
}

/**
 * The name of the user and of the group as which the cluster vertex of a cluster runs: `flor-` and the cluster's name. A name that is too long
 * for a user, or has a dot, gives its beginning and a digest of all of it. The same cluster has the same one on every node, at every
 * install, and no two clusters have one in common.
 */
export function clusterUser(cluster: string): string {
  const plain = userOfUnit(cluster);
  if (plain.length <= LENGTH_MAX && !cluster.includes(".")) return plain;
  const digest = createHash("sha256").update(cluster).digest("hex").slice(0, DIGEST_LENGTH);
  const room = LENGTH_MAX - DIGEST_LENGTH - "flor__".length;
  // The underscore behind "flor" is what no plain one has there.
  return `flor_${cluster.replaceAll(".", "-").slice(0, room)}_${digest}`;
}
