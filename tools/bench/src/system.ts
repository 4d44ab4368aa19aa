import type { Lab } from "@florenetes/meshlab";
import type { NodeName, Place } from "./place.ts";

/** Ports on d that the workloads' servers listen on, and by which a system carries them to a. */
export const SERVICES = { iperf: 5201, echo: 7007, datagrams: 6001 } as const;
/** The services that take connections. */
export type ServiceName = Exclude<keyof typeof SERVICES, "datagrams">;
export const SERVICE_NAMES: readonly ServiceName[] = ["iperf", "echo"];
/** A port for each service: a TCP port, or a UDP port for `datagrams`. */
export type Ports = Readonly<Record<keyof typeof SERVICES, number>>;
/** Ports on a by which the systems that carry connections, not packets, offer those services. */
export const LOCAL_PORTS: Ports = { iperf: 15201, echo: 17007, datagrams: 16001 };
export const LOCAL_HOST = "127.0.0.1";

/** Faults of the route in use where there are two routes of two relays each. Whatever is struck stays away. */
export const RECOVERED = ["first link told down", "far relay killed", "neighbouring relay killed"] as const;
/** Faults in the middle. The transit is b; the wire is the one on b's far side. Only where there are two relays, the one in use is killed, and stays away. */
export const FAULTS = [
  "link vertex restarted",
  "cluster vertex restarted",
  "transit restarted",
  "transit killed for 2 s",
  "wire cut for 2 s",
  "relay in use killed",
  "first link told down",
  "far relay killed",
  "neighbouring relay killed",
] as const;
export type FaultName = (typeof FAULTS)[number];
export const OUTAGE_MS = 2_000;

/** Reasons for which connections leave a route (docs/protocol/transport.md). */
export const SWITCH_REASONS = [
  "timeout",
  "peer_unavailable",
  "connection_refused",
  "connection_reset",
  "no_route",
  "capacity_limited",
  "fenced",
  "better_route",
] as const;
export type SwitchReason = (typeof SWITCH_REASONS)[number];

/** The description of a system, for whoever reads its figures. */
export interface Description {
  readonly name: string;
  readonly version: string;
  /** The parts of a floor. docs/develop/bench.md describes systems. */
  readonly about?: string;
  readonly isEncryptedEndToEnd: boolean;
}

/** A way to carry a's connections to d. All systems are measured alike. */
export interface System extends AsyncDisposable {
  readonly description: Description;
  /** The nodes from a to d. */
  readonly nodes: readonly NodeName[];
  /** The system's namespaces, in which clients and servers are started, too. */
  readonly lab: Lab;
  /** The namespace of a machine behind d on which servers run; left out: they run on d. */
  readonly behind?: string;
  /** Address that the servers listen on, and that clients on a connect to. */
  readonly host: string;
  /** The ports that a client on a connects to. */
  readonly ports: Ports;
  /** The system's own processes by name, to which CPU time and memory are charged. Empty for the kernel. */
  processes(): ReadonlyMap<string, number>;
  /** The last words of processes that ended by themselves; undefined when none did, or when it is not known. */
  deaths?(): string | undefined;
  /** Makes a fault, and mends it. Resolves when all that was struck works again, or at least runs. */
  readonly strikes: Readonly<Partial<Record<FaultName, () => Promise<void>>>>;
  /** How long the system itself says that the round trips' switches to another route since the last fault took, in ms by their reasons. */
  recoveries?(): Promise<Readonly<Partial<Record<SwitchReason, number>>>>;
  /** Starts again what does not come back by itself. */
  recover?(): Promise<void>;
}

/** Raises a system: its parts run, but need not carry anything yet. */
export type SystemFactory = (place: Place) => Promise<System>;
