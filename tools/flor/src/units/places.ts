import { join } from "node:path";
import { isName } from "@florenetes/names";

/** The user of link-flor. */
export const LINK_USER = "florenetes-link";
/** The user of all cluster vertices of a node, before each had one of its own. */
export const FORMER_CLUSTER_USER = "florenetes-cluster";
/** The group of link-flor, and of those who look: it may enter the folders of all sockets. */
export const STATUS_GROUP = "florenetes";

/** The folders and files of a cluster on a node that runs the units; docs/systemd.md has them in words. */
export interface ClusterPlaces {
  /** Its configs and identities. The folder is root's. */
  readonly etc: string;
  /** Identities by the process that needs them: link-flor, cluster-flor. */
  readonly linkIdentities: string;
  readonly clusterIdentities: readonly string[];
  readonly state: string;
  /** The folder of cluster-flor's sockets. */
  readonly run: string;
  /** link-flor's folder, and its socket for this cluster. */
  readonly linkRun: string;
  readonly linkSocket: string;
  readonly dropIn: string;
}

export function clusterPlaces(cluster: string): ClusterPlaces {
  const etc = join("/etc/florenetes", cluster);
  const linkRun = "/run/florenetes-link";
  return {
    etc,
    linkIdentities: join(etc, "vertex"),
    clusterIdentities: [join(etc, "user"), join(etc, "service")],
    state: `/var/lib/florenetes/cluster-${cluster}`,
    run: `/run/florenetes-cluster-${cluster}`,
    linkRun,
    linkSocket: join(linkRun, `${cluster}.sock`),
    dropIn: `/etc/systemd/system/${unitOf(cluster)}.d/user.conf`,
  };
}

/** The cluster whose cluster-flor has its sockets in a folder; undefined: the folder is none of the units'. */
export function clusterOfRunFolder(folder: string): string | undefined {
  const cluster = /^\/run\/florenetes-cluster-([^/]+)$/.exec(folder)?.[1];
  return cluster !== undefined && isName(cluster) ? cluster : undefined;
}

export function unitOf(cluster: string): string {
  return `cluster-flor@${cluster}.service`;
}
