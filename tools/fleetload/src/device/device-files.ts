/** The files of a device: its configs, and the folders that they name. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEAD_AFTER_SECONDS } from "../limits.ts";

/** Socket paths have room for some hundred bytes: names in a device's folder are short. */
const NAMES = { portal: "p.sock", cluster: "c.sock", door: "d.sock", sessions: "s.sock", agent: "a.sock" } as const;

export interface DevicePlan {
  readonly cluster: string;
  readonly node: string;
  /** The fingerprint of the root, as agents pin it. */
  readonly fingerprint: string;
  /** The file with the root and the record of seeds. */
  readonly seedsFile: string;
  /** Links that the device makes at most. */
  readonly linksMax: number;
  /** Seconds after which a silent link gives a sign of life. */
  readonly quietSeconds: number;
}

/** The texts of the three config files of a device. JSON is YAML, too. */
export interface DeviceConfigs {
  readonly link: string;
  readonly cluster: string;
  readonly fabric: string;
}

export function identityFolders(folder: string): { readonly vertex: string; readonly agent: string } {
  return { vertex: join(folder, "vertex"), agent: join(folder, "agent") };
}

function stateFolder(folder: string): string {
  return join(folder, "fabric");
}

/** The file with the octets of the record by which the device is a node: as those of nobody, it has them in its own hand, and shows them to its neighbour. */
export function recordFile(folder: string): string {
  return join(folder, "node.record");
}

/** Makes the folder of a device with its node's key and record, but for the identities, which a CA writes. */
export function makeDeviceFolder(folder: string, nodeKeyPem: string | Buffer, record: Uint8Array): void {
  mkdirSync(stateFolder(folder), { recursive: true, mode: 0o700 });
  writeFileSync(join(stateFolder(folder), "node-key.pem"), nodeKeyPem, { mode: 0o600 });
  writeFileSync(recordFile(folder), record);
}

export function deviceConfigs(folder: string, plan: DevicePlan): DeviceConfigs {
  const { cluster, node, fingerprint, seedsFile, linksMax, quietSeconds } = plan;
  const { vertex, agent } = identityFolders(folder);
  const at = (name: keyof typeof NAMES): string => join(folder, NAMES[name]);
  const link = {
    state: join(folder, "link"),
    admin: join(folder, "l.sock"),
    "dead-after": `${DEAD_AFTER_SECONDS}s`,
    quiet: `${quietSeconds}s`,
    clusters: {
      [cluster]: {
        vertex: node,
        identity: vertex,
        listen: "udp://127.0.0.1:0",
        bind: at("portal"),
        connect: at("cluster"),
      },
    },
  };
  const clusterConfig = {
    cluster,
    vertex: node,
    portals: { quic: { bind: at("cluster"), connect: at("portal") } },
    state: join(folder, "cluster"),
    admin: join(folder, "k.sock"),
    links: {},
    fabric: {
      door: at("door"),
      sessions: at("sessions"),
      identity: agent,
      agent: `session+unix:${at("agent")}`,
      "links-max": linksMax,
      dial: ["127.0.0.0/8"],
    },
    services: {},
    tunnels: [],
  };
  const fabric = {
    cluster,
    node,
    state: stateFolder(folder),
    admin: join(folder, "f.sock"),
    door: at("door"),
    sessions: at("sessions"),
    listen: at("agent"),
    root: fingerprint,
    "seeds-file": seedsFile,
    development: true,
  };
  return { link: JSON.stringify(link), cluster: JSON.stringify(clusterConfig), fabric: JSON.stringify(fabric) };
}
