import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type * as Meshlab from "@florenetes/meshlab";
import { type Lab, openLab } from "@florenetes/meshlab";
import { neighboursIn, nodesOver, type Place } from "./place.ts";
import {
  type FaultName,
  LOCAL_HOST,
  LOCAL_PORTS,
  OUTAGE_MS,
  SERVICE_NAMES,
  type ServiceName,
  SERVICES,
  type System,
  type SystemFactory,
} from "./system.ts";
import { outfitWires } from "./wires/wires.ts";

/** Ourselves. */
export const openMesh: SystemFactory = (place) => raiseMesh(place, openLab, "this checkout");

/**
 * The mesh of another checkout, which is built: its own lab raises it, as configuration and programs belong together.
 *
 * @param name of its commit
 */
export async function meshOf(root: string, name: string): Promise<SystemFactory> {
  const door = pathToFileURL(join(root, "tools/meshlab/dist/index.js")).href;
  const meshlab = (await import(door)) as typeof Meshlab;
  return (place) => raiseMesh(place, meshlab.openLab, name);
}

/** A line of nodes in namespaces, and a tunnel on a for each service on d. */
async function raiseMesh(place: Place, open: typeof openLab, version: string): Promise<System> {
  const nodes = nodesOver(place.links);
  const serviceOf = (name: ServiceName) => {
    return { node: "d", target: `tcp://${LOCAL_HOST}:${SERVICES[name]}`, allow: ["user/alice"] };
  };
  const tunnels = SERVICE_NAMES.map((service) => {
    return {
      node: "a",
      listen: `tcp://${LOCAL_HOST}:${LOCAL_PORTS[service]}`,
      as: "user/alice",
      service,
      path: [...nodes],
    };
  });
  const lab = await open(
    {
      cluster: "bench",
      nodes: Object.fromEntries(nodes.map((node) => [node, {}])),
      links: neighboursIn(nodes).map((between) => ({ between })),
      services: Object.fromEntries(SERVICE_NAMES.map((name) => [name, serviceOf(name)])),
      tunnels,
    },
    { mode: "netns" },
  );
  try {
    await outfitWires(lab, nodes, place);
    await lab.up();
  } catch (error) {
    await lab.down();
    throw error;
  }
  return {
    description: {
      name: "florenetes",
      version,
      about: "link-flor and cluster-flor on each node; QUIC on each link over UDP, QUIC from a to d inside it",
      isEncryptedEndToEnd: true,
    },
    nodes,
    lab,
    host: LOCAL_HOST,
    ports: LOCAL_PORTS,
    processes: () => new Map(lab.pids().map(({ node, process, pid }) => [`${node} ${process}`, pid])),
    faults: ["link vertex restarted", "transit restarted", "transit killed for 2 s", "wire cut for 2 s"],
    strike: (fault) => strike(lab, fault),
    recover: () => lab.waitUntilWhole(),
    [Symbol.asyncDispose]: () => lab.down(),
  };
}

async function strike(lab: Lab, fault: FaultName): Promise<void> {
  if (fault === "wire cut for 2 s") {
    await lab.linkDown("b", "c");
    await sleep(OUTAGE_MS);
    await lab.linkUp("b", "c");
    return;
  }
  const names = fault === "link vertex restarted" ? (["link-flor"] as const) : (["link-flor", "cluster-flor"] as const);
  await Promise.all(names.map((name) => lab.kill("b", name)));
  if (fault === "transit killed for 2 s") await sleep(OUTAGE_MS);
  for (const name of names) lab.start("b", name);
  await lab.untilReady();
}
