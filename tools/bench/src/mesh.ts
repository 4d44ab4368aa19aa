import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type * as Meshlab from "@florenetes/meshlab";
import { type Lab, openLab } from "@florenetes/meshlab";
import { nodesOver, type NodeName, type Place } from "./place.ts";
import {
  type FaultName,
  LOCAL_PORTS,
  OUTAGE_MS,
  SERVICE_NAMES,
  SERVICES,
  type System,
  type SystemFactory,
} from "./system.ts";
import { outfitWires, type WireEnds } from "./wires/wires.ts";

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
  const lab = await open(
    {
      cluster: "bench",
      nodes: Object.fromEntries(nodes.map((node) => [node, {}])),
      links: neighboursIn(nodes).map((between) => ({ between })),
      services: Object.fromEntries(
        SERVICE_NAMES.map((name) => [
          name,
          { node: "d", target: `tcp://127.0.0.1:${SERVICES[name]}`, allow: ["user/alice"] },
        ]),
      ),
      tunnels: SERVICE_NAMES.map((name) => ({
        node: "a",
        listen: `tcp://127.0.0.1:${LOCAL_PORTS[name]}`,
        as: "user/alice",
        service: name,
        path: [...nodes],
      })),
    },
    { mode: "netns" },
  );
  let wires: Disposable | undefined;
  const dispose = async (): Promise<void> => {
    await lab.down();
    wires?.[Symbol.dispose]();
  };
  try {
    wires = await outfitWires(await wiresOf(lab, nodes), place);
    await lab.up();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    description: {
      name: "florenetes",
      version,
      topology: "link-flor and cluster-flor on each node; QUIC on each link over UDP, QUIC from a to d inside it",
      links: place.links,
      isEncryptedEndToEnd: true,
      limits: [],
    },
    serverHost: "127.0.0.1",
    target: (service) => ({ host: "127.0.0.1", port: LOCAL_PORTS[service] }),
    spawn: (node, argv) => lab.spawn(node, argv),
    processes: () => new Map(lab.pids().map(({ node, process, pid }) => [`${node} ${process}`, pid])),
    faults: ["link vertex restarted", "transit restarted", "transit killed for 2 s", "wire cut for 2 s"],
    strike: (fault) => strike(lab, fault),
    recover: () => lab.waitUntilWhole(),
    [Symbol.asyncDispose]: dispose,
  };
}

function neighboursIn(nodes: readonly NodeName[]): [NodeName, NodeName][] {
  return nodes.slice(1).map((node, index) => [nodes[index]!, node]);
}

/** The lab calls both ends of a wire alike. */
async function wiresOf(lab: Lab, nodes: readonly NodeName[]): Promise<WireEnds[]> {
  const devices = new Map<NodeName, string[]>();
  for (const node of nodes) {
    const { stdout } = await lab.exec(node, ["ip", "-json", "link", "show", "type", "veth"]);
    devices.set(
      node,
      (JSON.parse(stdout) as { readonly ifname: string }[]).map(({ ifname }) => ifname),
    );
  }
  // The last word of `ip netns exec NAMESPACE`.
  const namespace = (node: NodeName): string => lab.commandIn(node, []).at(-1)!;
  return neighboursIn(nodes).map(([left, right]) => {
    const device = devices.get(left)!.find((name) => devices.get(right)!.includes(name))!;
    return [
      { namespace: namespace(left), device },
      { namespace: namespace(right), device },
    ];
  });
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
