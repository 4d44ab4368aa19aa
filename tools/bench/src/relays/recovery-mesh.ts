import { type FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import type { NodeName, Place } from "../place.ts";
import {
  LOCAL_HOST,
  LOCAL_PORTS,
  type System,
  type SystemFactory,
  SWITCH_REASONS,
  type SwitchReason,
} from "../system.ts";
import { outfitWires } from "../wires.ts";
import { leaseRoutes, untilRoutes } from "./leased-mesh.ts";

const NODES: readonly NodeName[] = ["a", "b", "c", "d", "e", "f"];
const RELAYS: readonly NodeName[] = ["b", "c", "e", "f"];
const LINKS = [
  ["a", "b"],
  ["b", "c"],
  ["c", "d"],
  ["a", "e"],
  ["e", "f"],
  ["f", "d"],
] as const;
const PROGRAMS = ["link-flor", "cluster-flor"] as const;
type Program = (typeof PROGRAMS)[number];
/** The path of the round trips. */
const PATH = "auto.echo.d";

interface PathRow {
  readonly name: string;
  readonly switches: readonly SwitchRow[];
}

/** Counts of the switches of a path for one reason. */
interface SwitchRow {
  readonly reason: string;
  readonly switches: number;
  readonly lastMs: number;
}

/** The mesh of this checkout, whose agents lease two routes of two relays each. */
export const openRecoveryMesh: SystemFactory = (place) => openLadder("florenetes, native engine", "native", place);

/** Such a mesh with the portable engine. */
export const openPortableRecoveryMesh: SystemFactory = (place) =>
  openLadder("florenetes, portable engine", "portable", place);

/**
 *            ┌── b ──── c ──┐
 *        a ──┤              ├── d     d composes the leases
 *            └── e ──── f ──┘
 */
async function openLadder(name: string, engine: "native" | "portable", place: Place): Promise<System> {
  const mesh = {
    cluster: "bench",
    nodes: Object.fromEntries(NODES.map((node) => [node, {}])),
    links: LINKS.map(([left, right]) => ({ between: [left, right] })),
  };
  const environment = engine === "portable" ? { FLORENETES_ENGINE: "portable" } : {};
  const lab = await openLab(mesh, { mode: "netns", environment });
  try {
    for (const neighbour of ["b", "e"] as const) await outfitWires(lab, ["a", neighbour], place);
  } catch (error) {
    await lab.down();
    throw error;
  }
  return systemOf(name, lab, await leaseRoutes(lab, RELAYS));
}

function systemOf(name: string, lab: Lab, fabric: FabricLab): System {
  let struck: { readonly node: string; readonly programs: readonly Program[] } | undefined;
  let before: readonly SwitchRow[] = [];
  const strike = async (hop: number, programs: readonly Program[], signal: NodeJS.Signals): Promise<void> => {
    const inUse = (await fabric.routesOf("a")).find(({ path, inUse: classes }) => path === PATH && classes.length > 0);
    const node = inUse?.route.split(">")[hop];
    if (node === undefined) throw new Error("no route of two relays is in use");
    before = await switchesOf(lab);
    struck = { node, programs };
    await Promise.all(programs.map((program) => lab.kill(node, program, signal)));
  };
  return {
    description: { name, version: "this checkout", isEncryptedEndToEnd: true },
    nodes: ["a", "b", "c", "d"],
    lab,
    host: LOCAL_HOST,
    ports: LOCAL_PORTS,
    processes: () => new Map(lab.pids().map(({ node, process, pid }) => [`${node} ${process}`, pid])),
    strikes: {
      // A link-flor that is told to end says so over its links, and the link vertex of a tells it on.
      "first link told down": () => strike(0, ["link-flor"], "SIGTERM"),
      "far relay killed": () => strike(1, PROGRAMS, "SIGKILL"),
      "neighbouring relay killed": () => strike(0, PROGRAMS, "SIGKILL"),
    },
    recoveries: async () => recoveriesSince(before, await switchesOf(lab)),
    recover: async () => {
      if (struck === undefined) return;
      for (const program of struck.programs) lab.start(struck.node, program);
      struck = undefined;
      await lab.waitUntilWhole();
      await untilRoutes(fabric);
    },
    [Symbol.asyncDispose]: async () => {
      await fabric[Symbol.asyncDispose]();
      await lab.down();
    },
  };
}

/** The time that the last switch of each reason took, in milliseconds, where there were switches for that reason in between. */
export function recoveriesSince(
  before: readonly SwitchRow[],
  now: readonly SwitchRow[],
): Readonly<Partial<Record<SwitchReason, number>>> {
  const countOf = (wanted: string): number => before.find(({ reason }) => reason === wanted)?.switches ?? 0;
  const fresh = now.filter(({ reason, switches }) => switches > countOf(reason));
  const known = fresh.filter(({ reason }) => SWITCH_REASONS.some((one) => one === reason));
  return Object.fromEntries(known.map(({ reason, lastMs }) => [reason, lastMs]));
}

async function switchesOf(lab: Lab): Promise<readonly SwitchRow[]> {
  const paths = ((await lab.status("a")).clusterFlor?.["paths"] ?? []) as readonly PathRow[];
  return paths.find(({ name }) => name === PATH)?.switches ?? [];
}
