import type { HostPort, MetricsListen } from "@florenetes/config-file";
import type { IpNetwork } from "../packets/networks.ts";
import type { PacketClassRules } from "../packets/traffic-classes.ts";
import type { VpnConfigFile } from "./schema.ts";

/** The client's end of a VPN. */
export interface UpConfig {
  readonly kind: "up";
  readonly pool: string;
  /** The service of the pool's egresses, as the socket of data sessions has it. */
  readonly service: string;
  /** Path of the cluster vertex's socket of data sessions. */
  readonly session: string;
  /** Name of the TUN device. */
  readonly device: string;
  /** The networks that are reached over the VPN. */
  readonly networks: readonly IpNetwork[];
  /** Networks among these that are not. */
  readonly exclude: readonly IpNetwork[];
  /** The networks of which an egress may assign addresses. */
  readonly addresses: readonly IpNetwork[];
  /** The number of the user as which the link vertex runs: its packets go past the VPN. */
  readonly meshUser: number;
  /** Whether the networks stay shut while no device leads there. */
  readonly killSwitch: boolean;
  /** The routing table of these routes. */
  readonly table: number;
  /** The first of the priorities of its rules. */
  readonly priority: number;
  /** Resolvers that are asked over the VPN; none: names are resolved as before. */
  readonly dns: readonly string[];
  /** The domains whose names they resolve, as systemd-resolved has it: `~.` stands for all. */
  readonly dnsDomains: readonly string[];
}

/** An egress of a pool. */
export interface EgressConfig {
  readonly kind: "egress";
  readonly pool: string;
  readonly service: string;
  /** Path of the socket at which the cluster vertex brings streams and flows of clients. */
  readonly listen: string;
  readonly device: string;
  /** The networks of clients' addresses, at most one of each version. */
  readonly addresses: readonly IpNetwork[];
  /** The networks that clients reach. */
  readonly networks: readonly IpNetwork[];
  /** Networks among these that they do not reach. */
  readonly deny: readonly IpNetwork[];
  /** Whether clients' addresses are hidden behind that of this machine. */
  readonly nat: boolean;
  /** Bits a second of each client, in each direction; undefined: as many as there are. */
  readonly bitsPerSecond: number | undefined;
  /** Clients at a time. */
  readonly clients: number;
  /** Connections of a client at a time, of each version of IP; undefined: they are not counted. */
  readonly connections: number | undefined;
  /** Addresses that are asked whether the world is there; none: clients are taken in any case. */
  readonly probe: readonly HostPort[];
}

/** The checked configuration of vpn-flor. The file's own form is in `schema.ts`. */
export interface VpnConfig {
  readonly cluster: string;
  /** Path of the admin socket. */
  readonly admin: string;
  /** Path of the control socket. */
  readonly control: string;
  /** The TCP address at which metrics are told; undefined: there is none. */
  readonly metrics?: MetricsListen | undefined;
  /** The rules for the classes of packets. */
  readonly classes: PacketClassRules;
  readonly end: UpConfig | EgressConfig;
  readonly written: VpnConfigFile;
}
