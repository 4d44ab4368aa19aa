import { FabricLab, type Lab } from "@florenetes/meshlab";
import { isSoon } from "../measures/programs.ts";
import type { NodeName } from "../place.ts";
import { LOCAL_HOST, LOCAL_PORTS, SERVICE_NAMES, SERVICES, type System, type SystemFactory } from "../system.ts";
import { NODES, openDiamond, relayInUse, type RelayName } from "./diamond.ts";

const PROGRAMS = ["link-flor", "cluster-flor"] as const;
const RELAY = { classes: ["dns", "interactive", "reliable", "bulk", "droppable"], rate: "100 Gbit/s" };
/** How long it may take until both routes are leased, and good. */
const ROUTES_MS_MAX = 90_000;

/** The mesh of this checkout, whose agents lease routes over both relays; d composes them. */
export const openLeasedMesh: SystemFactory = async () => {
  const lab = await openDiamond();
  const fabric = await leaseRoutes(lab, ["b", "c"]);
  return systemOf("florenetes, leased", lab, fabric, async () => {
    await fabric[Symbol.asyncDispose]();
    await lab.down();
  });
};

/** Starts a lab that was opened, and agents that lease two routes from a to d over these relays. Takes the lab down when it fails. */
export async function leaseRoutes(lab: Lab, relays: readonly NodeName[]): Promise<FabricLab> {
  const fabric = FabricLab.prepare(lab, {
    services: Object.fromEntries(
      SERVICE_NAMES.map((name) => [name, { allow: ["user/alice"], targets: { d: target(SERVICES[name]) } }]),
    ),
    tunnels: SERVICE_NAMES.map((service) => ({
      node: "a",
      listen: target(LOCAL_PORTS[service]),
      as: "user/alice",
      service,
    })),
    doors: Object.fromEntries(relays.map((node) => [node, { relay: RELAY }])),
    agents: { d: { coordinator: { partition: "default", store: "sqlite" } } },
  });
  try {
    await lab.up();
    await fabric.up();
    await fabric.publish("d", [
      ...relays.map((relay) => fabric.signRole(relay, "cluster", "relay")),
      fabric.signRole("d", "cluster", "route-coordinator"),
      ...SERVICE_NAMES.map((name) => fabric.signService(name, ["d"])),
    ]);
    await untilRoutes(fabric);
    return fabric;
  } catch (error) {
    await fabric[Symbol.asyncDispose]();
    await lab.down();
    throw error;
  }
}

/** The mesh of this checkout over the same nodes, by a path that is written by hand, and without agents. */
export const openHandMesh: SystemFactory = async () => {
  const lab = await openDiamond({
    services: Object.fromEntries(
      SERVICE_NAMES.map((name) => [name, { node: "d", target: target(SERVICES[name]), allow: ["user/alice"] }]),
    ),
    tunnels: SERVICE_NAMES.map((service) => ({
      node: "a",
      listen: target(LOCAL_PORTS[service]),
      as: "user/alice",
      service,
      path: ["a", "b", "d"],
    })),
  });
  try {
    await lab.up();
    return systemOf("florenetes, by hand", lab, undefined, () => lab.down());
  } catch (error) {
    await lab.down();
    throw error;
  }
};

function systemOf(name: string, lab: Lab, fabric: FabricLab | undefined, close: () => Promise<void>): System {
  let killed: RelayName | undefined;
  const kill = async (): Promise<void> => {
    const relay = await relayInUse(lab);
    killed = relay;
    await Promise.all([...PROGRAMS.map((program) => lab.kill(relay, program)), fabric!.kill(relay)]);
  };
  const recover = async (): Promise<void> => {
    if (killed === undefined) return;
    for (const program of PROGRAMS) lab.start(killed, program);
    fabric!.start(killed);
    killed = undefined;
    await lab.waitUntilWhole();
    await fabric!.untilReady();
    await untilRoutes(fabric!);
  };
  const agents = (): [string, number][] =>
    fabric === undefined ? [] : NODES.map((node) => [`${node} fabric-flor`, fabric.pidOf(node)!]);
  return {
    description: { name, version: "this checkout", isEncryptedEndToEnd: true },
    nodes: ["a", "b", "d"],
    lab,
    host: LOCAL_HOST,
    ports: LOCAL_PORTS,
    processes: () =>
      new Map([
        ...lab.pids().map(({ node, process, pid }): [string, number] => [`${node} ${process}`, pid]),
        ...agents(),
      ]),
    strikes: fabric === undefined ? {} : { "relay in use killed": kill },
    recover,
    [Symbol.asyncDispose]: close,
  };
}

/** Waits until a has two good routes for each service. */
export async function untilRoutes(fabric: FabricLab): Promise<void> {
  const areGood = async (): Promise<boolean> => {
    const good = (await fabric.routesOf("a")).filter(({ failure }) => failure === null);
    return good.length >= 2 * SERVICE_NAMES.length;
  };
  if (await isSoon(areGood, ROUTES_MS_MAX)) return;
  throw new Error(`a has not two good routes for each service after ${ROUTES_MS_MAX} ms`);
}

function target(port: number): string {
  return `tcp://${LOCAL_HOST}:${port}`;
}
