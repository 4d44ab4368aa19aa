import { join } from "node:path";
import { isName } from "@florenetes/operator-text";

/** The folder of configs on nodes, in which systemd's units look for them. */
export const CONFIGS_DEFAULT = "/etc/florenetes";
/** The folder in it with an example of each config, which is no cluster's. */
export const EXAMPLES = "examples";
/** The folder of link-flor's sockets. */
const LINK_RUN = "/run/florenetes-link";
/** The name of the admin socket in the folder of a unit's sockets. */
const ADMIN_SOCKET = "admin.sock";

/** The user of link-flor. */
export const LINK_USER = "florenetes-link";
/** The former user of all cluster vertices of a node. Today each has a user of its own. */
export const FORMER_CLUSTER_USER = "florenetes-cluster";
/** The group of link-flor, and of people who watch: it may enter the folders of all sockets. */
export const STATUS_GROUP = "florenetes";

/** The folders and files of a cluster on a node with the units (docs/operate/systemd.md). */
export interface ClusterPlaces {
  /** The folder of the cluster's configs and identities, which is root's. */
  readonly etc: string;
  /** Folders of identities, for link-flor and for cluster-flor. */
  readonly linkIdentities: string;
  readonly clusterIdentities: readonly string[];
  readonly state: string;
  /** The folder of cluster-flor's sockets. */
  readonly run: string;
  /** link-flor's folder, and its socket for this cluster. */
  readonly linkRun: string;
  readonly linkSocket: string;
  readonly dropIn: string;
  readonly agent: KeepingPlaces;
  readonly vpn: NeighbourPlaces;
  readonly control: KeepingPlaces;
  readonly store: KeepingPlaces;
}

/** The folders and files of a program that runs beside the cluster vertex of its cluster. */
export interface NeighbourPlaces {
  /** The config, without which the node does not have the program. */
  readonly config: string;
  /** The folder of the program's sockets. */
  readonly run: string;
  /** The folder in it for sockets that the cluster vertex uses. */
  readonly forCluster: string;
  /** The folder of cluster-flor's sockets that the program uses; undefined: it uses none. */
  readonly door: string | undefined;
  readonly dropIn: string;
}

/** The folders and files of a program that keeps something. */
interface KeepingPlaces extends NeighbourPlaces {
  readonly state: string;
}

export function clusterPlaces(cluster: string): ClusterPlaces {
  const etc = join(CONFIGS_DEFAULT, cluster);
  return {
    etc,
    linkIdentities: join(etc, "vertex"),
    clusterIdentities: [join(etc, "user"), join(etc, "service")],
    state: `/var/lib/florenetes/cluster-${cluster}`,
    run: runFolder(cluster),
    linkRun: LINK_RUN,
    linkSocket: join(LINK_RUN, `${cluster}.sock`),
    dropIn: dropInOf(unitOf(cluster)),
    agent: {
      config: join(etc, AGENT_CONFIG),
      state: `/var/lib/florenetes/fabric-${cluster}`,
      run: agentRunFolder(cluster),
      forCluster: join(agentRunFolder(cluster), "cluster"),
      door: join(runFolder(cluster), "fabric"),
      dropIn: dropInOf(agentUnitOf(cluster)),
    },
    vpn: {
      config: join(etc, VPN_CONFIG),
      run: vpnRunFolder(cluster),
      forCluster: join(vpnRunFolder(cluster), "cluster"),
      door: join(runFolder(cluster), "vpn"),
      dropIn: dropInOf(vpnUnitOf(cluster)),
    },
    control: {
      config: join(etc, CONTROL_CONFIG),
      state: `/var/lib/florenetes/control-${cluster}`,
      run: controlRunFolder(cluster),
      forCluster: join(controlRunFolder(cluster), "cluster"),
      door: undefined,
      dropIn: dropInOf(controlUnitOf(cluster)),
    },
    store: {
      config: join(etc, STORE_CONFIG),
      state: `/var/lib/florenetes/store-${cluster}`,
      run: storeRunFolder(cluster),
      forCluster: join(storeRunFolder(cluster), "cluster"),
      door: join(runFolder(cluster), "store"),
      dropIn: dropInOf(storeUnitOf(cluster)),
    },
  };
}

/** The name of an agent's config in the folder of its cluster. */
export const AGENT_CONFIG = "fabric-flor.yaml";

/** The name of the config of an end of a VPN in the folder of its cluster. */
export const VPN_CONFIG = "vpn-flor.yaml";

/** The name of control-flor's config in the folder of its cluster. */
export const CONTROL_CONFIG = "control-flor.yaml";

/** The name of store-flor's config in the folder of its cluster. */
export const STORE_CONFIG = "store-flor.yaml";

/** The admin socket of link-flor's unit. */
export const LINK_ADMIN_SOCKET: string = join(LINK_RUN, ADMIN_SOCKET);

/** The admin socket of a cluster's unit; for "*", a glob pattern for all clusters. */
export function clusterAdminSocket(cluster: string): string {
  return join(runFolder(cluster), ADMIN_SOCKET);
}

/** The admin socket of the unit of a cluster's agent; for "*", a glob pattern for all clusters. */
export function agentAdminSocket(cluster: string): string {
  return join(agentRunFolder(cluster), ADMIN_SOCKET);
}

/** The admin socket of the unit of a cluster's end of a VPN; for "*", a glob pattern for all clusters. */
export function vpnAdminSocket(cluster: string): string {
  return join(vpnRunFolder(cluster), ADMIN_SOCKET);
}

/** The admin socket of the unit of a cluster's control-flor; for "*", a glob pattern for all clusters. */
export function controlAdminSocket(cluster: string): string {
  return join(controlRunFolder(cluster), ADMIN_SOCKET);
}

/** The admin socket of the unit of a cluster's store-flor; for "*", a glob pattern for all clusters. */
export function storeAdminSocket(cluster: string): string {
  return join(storeRunFolder(cluster), ADMIN_SOCKET);
}

function agentRunFolder(cluster: string): string {
  return `/run/florenetes-fabric-${cluster}`;
}

function vpnRunFolder(cluster: string): string {
  return `/run/florenetes-vpn-${cluster}`;
}

function controlRunFolder(cluster: string): string {
  return `/run/florenetes-control-${cluster}`;
}

function storeRunFolder(cluster: string): string {
  return `/run/florenetes-store-${cluster}`;
}

function dropInOf(unit: string): string {
  return `/etc/systemd/system/${unit}.d/user.conf`;
}

function runFolder(cluster: string): string {
  return `/run/florenetes-cluster-${cluster}`;
}

/** The cluster whose cluster-flor has its sockets in a folder; undefined: the folder is no unit's. */
export function clusterOfRunFolder(folder: string): string | undefined {
  return clusterIn(folder, "cluster");
}

/** The cluster whose agent has its sockets in a folder; undefined: the folder is no unit's. */
export function clusterOfAgentFolder(folder: string): string | undefined {
  return clusterIn(folder, "fabric");
}

/** The cluster whose end of a VPN has its sockets in a folder; undefined: the folder is no unit's. */
export function clusterOfVpnFolder(folder: string): string | undefined {
  return clusterIn(folder, "vpn");
}

/** The cluster whose control-flor has its sockets in a folder; undefined: the folder is no unit's. */
export function clusterOfControlFolder(folder: string): string | undefined {
  return clusterIn(folder, "control");
}

/** The cluster whose store-flor has its sockets in a folder; undefined: the folder is no unit's. */
export function clusterOfStoreFolder(folder: string): string | undefined {
  return clusterIn(folder, "store");
}

function clusterIn(folder: string, program: "cluster" | "fabric" | "vpn" | "control" | "store"): string | undefined {
  const begin = `/run/florenetes-${program}-`;
  const cluster = folder.startsWith(begin) ? folder.slice(begin.length) : "";
  return isName(cluster) ? cluster : undefined;
}

export function unitOf(cluster: string): string {
  return `cluster-flor@${cluster}.service`;
}

export function agentUnitOf(cluster: string): string {
  return `fabric-flor@${cluster}.service`;
}

export function vpnUnitOf(cluster: string): string {
  return `vpn-flor@${cluster}.service`;
}

export function controlUnitOf(cluster: string): string {
  return `control-flor@${cluster}.service`;
}

export function storeUnitOf(cluster: string): string {
  return `store-flor@${cluster}.service`;
}
