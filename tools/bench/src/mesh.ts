import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type * as Meshlab from "@florenetes/meshlab";
import { openLab, type ProcessName } from "@florenetes/meshlab";
import { openPeer } from "./peers/peer.ts";
import { nodesOver, type Place } from "./place.ts";
import {
  LOCAL_HOST,
  LOCAL_PORTS,
  OUTAGE_MS,
  SERVICE_NAMES,
  type ServiceName,
  SERVICES,
  type System,
  type SystemFactory,
} from "./system.ts";

const PROCESSES = ["link-flor", "cluster-flor"] as const;
const CLASSES = { iperf: "bulk", echo: "interactive" } as const;

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
function raiseMesh(place: Place, open: typeof openLab, version: string): Promise<System> {
  const serviceOf = (name: ServiceName) => {
    return { node: "d", target: `tcp://${LOCAL_HOST}:${SERVICES[name]}`, allow: ["user/alice"] };
  };
  const tunnels = SERVICE_NAMES.map((service) => {
    const listen = `tcp://${LOCAL_HOST}:${LOCAL_PORTS[service]}`;
    const order = place.hasClasses ? { class: CLASSES[service] } : {};
    return { node: "a", listen, as: "user/alice", service, path: [...nodesOver(place.links)], ...order };
  });
  return openPeer({
    place,
    mesh: { services: Object.fromEntries(SERVICE_NAMES.map((name) => [name, serviceOf(name)])), tunnels },
    openLab: open,
    prepare: async ({ lab }) => {
      const restart = async (names: readonly ProcessName[], afterMs = 0): Promise<void> => {
        await Promise.all(names.map((name) => lab.kill("b", name)));
        await sleep(afterMs);
        for (const name of names) lab.start("b", name);
        await lab.untilReady();
      };
      await lab.up();
      return {
        description: {
          name: "florenetes",
          version,
          isEncryptedEndToEnd: true,
        },
        processes: () => new Map(lab.pids().map(({ node, process, pid }) => [`${node} ${process}`, pid])),
        strikes: {
          "link vertex restarted": () => restart(["link-flor"]),
          "cluster vertex restarted": () => restart(["cluster-flor"]),
          "transit restarted": () => restart(PROCESSES),
          "transit killed for 2 s": () => restart(PROCESSES, OUTAGE_MS),
        },
        recover: () => lab.waitUntilWhole(),
      };
    },
  });
}
