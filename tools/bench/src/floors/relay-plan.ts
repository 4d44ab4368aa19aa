import type { Line } from "../line.ts";
import type { NodeName } from "../place.ts";

/** A socket of a relay. Addresses are those of the line; paths are names in the floor's folder. */
export type RelaySocket =
  /** The workload's client connects to it; the newest connection counts. */
  | { readonly kind: "listen"; readonly host: string; readonly port: number }
  /** Connects to the workload's server with the first bytes for it. */
  | { readonly kind: "connect"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly bind: string; readonly connect: string }
  | { readonly kind: "udp"; readonly host: string; readonly port: number; readonly peer: string };

/** One process of a chain: what comes in on a socket goes out on another, or on the same. */
export interface Relay {
  readonly node: NodeName;
  readonly sockets: Readonly<Record<string, RelaySocket>>;
  /** By the socket that a message on its way from a to d came in on. */
  readonly towardsD: Readonly<Record<string, string>>;
  readonly towardsA: Readonly<Record<string, string>>;
}

export interface RelayPlace {
  readonly folder: string;
  readonly line: Pick<Line, "address" | "addressAfter">;
  readonly listen: { readonly host: string; readonly port: number };
  readonly connect: { readonly host: string; readonly port: number };
}

const UDP_PORT = 9100;
const NODES: readonly NodeName[] = ["a", "b", "c", "d"];

/**
 * Eight processes in a row: each is passed once in each direction.
 *
 *     TCP ─ a1 ─unix─ a2 ─UDP─ b1 ─unix─ b2 ─UDP─ c1 ─unix─ c2 ─UDP─ d1 ─unix─ d2 ─ TCP
 */
export function planRow(place: RelayPlace): Relay[] {
  return NODES.flatMap((node) =>
    [0, 1].map((index): Relay => {
      const left = index === 1 ? unix(place, node, 1, 0) : leftSocket(place, node);
      const right = index === 0 ? unix(place, node, 0, 1) : rightSocket(place, node);
      return { node, ...through({ left, right }) };
    }),
  );
}

/**
 * Eight processes as the mesh has them: on b and c a packet goes to the cluster vertex and comes back, by the same sockets.
 *
 *     TCP ─ cluster ─unix─ link ─UDP─ link ─UDP─ link ─UDP─ link ─unix─ cluster ─ TCP
 *                                     unix       unix
 *                                    cluster    cluster
 */
export function planMesh(place: RelayPlace): Relay[] {
  return NODES.flatMap((node): Relay[] => {
    const inner = unix(place, node, 0, 1);
    const cluster = unix(place, node, 1, 0);
    const [left, right] = [leftSocket(place, node), rightSocket(place, node)];
    if (node === "a") {
      return [
        { node, ...through({ left, right: cluster }) },
        { node, ...through({ left: inner, right }) },
      ];
    }
    if (node === "d") {
      return [
        { node, ...through({ left, right: inner }) },
        { node, ...through({ left: cluster, right }) },
      ];
    }
    const back = { inner: "inner" };
    const towardsD = { left: "inner", inner: "right" };
    const towardsA = { right: "inner", inner: "left" };
    return [
      { node, sockets: { inner: cluster }, towardsD: back, towardsA: back },
      { node, sockets: { left, inner, right }, towardsD, towardsA },
    ];
  });
}

/** What comes in on one side goes out on the other. */
function through(sockets: { readonly left: RelaySocket; readonly right: RelaySocket }): Omit<Relay, "node"> {
  return { sockets, towardsD: { left: "right" }, towardsA: { right: "left" } };
}

function unix({ folder }: RelayPlace, node: NodeName, own: number, other: number): RelaySocket {
  return { kind: "unix", bind: `${folder}/${node}${own}`, connect: `${folder}/${node}${other}` };
}

function leftSocket({ line, listen }: RelayPlace, node: NodeName): RelaySocket {
  const before = NODES[NODES.indexOf(node) - 1];
  if (before === undefined) return { kind: "listen", ...listen };
  return { kind: "udp", host: line.address(node), port: UDP_PORT, peer: line.addressAfter(before) };
}

function rightSocket({ line, connect }: RelayPlace, node: NodeName): RelaySocket {
  const after = NODES[NODES.indexOf(node) + 1];
  if (after === undefined) return { kind: "connect", ...connect };
  return { kind: "udp", host: line.addressAfter(node), port: UDP_PORT, peer: line.address(after) };
}
