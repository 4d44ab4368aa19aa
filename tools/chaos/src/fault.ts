import type { NodeProcess } from "@florenetes/meshlab";
import type { Way } from "./terrain.ts";

/** The kinds of faults, in the order of docs/develop/chaos.md. */
export const FAULT_KINDS = [
  "kill",
  "kill-end",
  "stop",
  "cut",
  "outage",
  "rebind",
  "impair",
  "reload",
  "change",
  "apply",
  "list",
  "disk",
  "clock",
] as const;

/** The kinds of faults of a mesh whose nodes have control agents, as docs/develop/chaos.md has them, too. */
export const FABRIC_FAULT_KINDS = [
  "relay",
  "vertex",
  "freeze",
  "leave",
  "wire",
  "agent",
  "agents",
  "coordinator",
  "member",
  "host",
] as const;

/** The kinds of faults of a VPN alone. */
export const EXIT_FAULT_KINDS = ["exit", "exit-node", "uplink", "client", "gate"] as const;

/** The kinds of faults of a fleet alone. */
export const FLEET_OWN_FAULT_KINDS = ["move", "role", "observer"] as const;

/** The kinds of faults of a fleet. */
export const FLEET_FAULT_KINDS: readonly (
  | "relay"
  | "vertex"
  | "freeze"
  | "agent"
  | "coordinator"
  | (typeof FLEET_OWN_FAULT_KINDS)[number]
)[] = [...FLEET_OWN_FAULT_KINDS, "relay", "vertex", "freeze", "agent", "coordinator"];

/** The kinds of faults of a VPN over such a mesh. */
export const VPN_FAULT_KINDS: readonly (
  | "relay"
  | "vertex"
  | "freeze"
  | "agent"
  | "coordinator"
  | (typeof EXIT_FAULT_KINDS)[number]
)[] = ["relay", "vertex", "freeze", "agent", "coordinator", ...EXIT_FAULT_KINDS];

export type FaultKind =
  | (typeof FAULT_KINDS)[number]
  | (typeof FABRIC_FAULT_KINDS)[number]
  | (typeof VPN_FAULT_KINDS)[number]
  | (typeof FLEET_OWN_FAULT_KINDS)[number];

/** A fault: what it strikes, when, and for how long. */
export interface Fault {
  readonly number: number;
  readonly kind: FaultKind;
  /** Milliseconds since the first fault, on a clock that stands still while the mesh recovers. */
  readonly atMs: number;
  /** Milliseconds until the fault is mended; 0: there is nothing to mend. */
  readonly forMs: number;
  /** Ways that the fault takes from workloads, wholly or in part, while it lasts. */
  readonly ways: readonly Way[];
  /** No other fault may go on at the same time. */
  readonly isAlone: boolean;
  readonly target: FaultTarget;
}

export type FaultTarget =
  | { readonly on: "process"; readonly node: string; readonly process: NodeProcess; readonly shift?: number }
  | { readonly on: "link"; readonly between: readonly [string, string]; readonly harm?: Harm }
  | { readonly on: "node"; readonly node: string }
  /** The exit that has the client of the VPN, of these nodes. */
  | { readonly on: "exit"; readonly of: readonly string[] }
  | { readonly on: "agents"; readonly nodes: readonly string[] }
  | { readonly on: "member"; readonly member: string }
  | { readonly on: "mesh" };

/** The harm that an impaired link does. */
export interface Harm {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly loss: number;
  readonly rateMbit: number;
}

/** A fault in words for people: `kill b link-flor, for 1.2 s`. */
export function describeFault({ kind, forMs, target }: Fault): string {
  const lasts = forMs === 0 ? "" : `, for ${(forMs / 1000).toFixed(1)} s`;
  return `${kind}${describeTarget(target)}${lasts}`;
}

function describeTarget(target: FaultTarget): string {
  if (target.on === "mesh") return "";
  if (target.on === "exit") return " in use";
  if (target.on === "node") return ` ${target.node}`;
  if (target.on === "agents") return ` of ${target.nodes.join(", ")}`;
  if (target.on === "member") return ` ${target.member} of etcd`;
  if (target.on === "process") {
    const shift = target.shift === undefined ? "" : ` by ${target.shift} s`;
    return ` ${target.node} ${target.process}${shift}`;
  }
  const { between, harm } = target;
  const how =
    harm === undefined
      ? ""
      : ` delay=${harm.delayMs}ms jitter=${harm.jitterMs}ms loss=${(harm.loss * 100).toFixed(1)}% rate=${harm.rateMbit}mbit`;
  return ` ${between.join(" - ")}${how}`;
}
