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
  type Ports,
  type ServiceName,
  SERVICES,
  type System,
  type SystemFactory,
} from "./system.ts";

const PROCESSES = ["link-flor", "cluster-flor"] as const;
const STREAMS = { iperf: "tcp", echo: "tcp" } as const;
const DATAGRAMS = { datagrams: "udp" } as const;
const CLASSES = { iperf: "bulk", echo: "interactive" } as const;

/** The mesh of this checkout. */
export const openMesh: SystemFactory = (place) => raiseMesh(place, openLab, "this checkout");

/** The mesh of this checkout, with the portable engine, which needs no build. */
export const openPortableMesh: SystemFactory = (place) =>
  raiseMesh(place, openPortableLab, "this checkout", "florenetes, portable engine");

const openPortableLab: typeof openLab = (mesh, options) =>
  openLab(mesh, { ...options, environment: { ...options?.environment, FLORENETES_ENGINE: "portable" } });

/**
 * The mesh of another checkout, which is built. That checkout's own lab raises it, since configuration and programs belong together.
 *
 * @param name name of the checkout's commit
 */
export async function meshOf(root: string, name: string): Promise<SystemFactory> {
  const door = pathToFileURL(join(root, "tools/meshlab/dist/index.js")).href;
  const meshlab = (await import(door)) as typeof Meshlab;
  return (place) => raiseMesh(place, meshlab.openLab, name);
}

/** Raises a line of nodes in namespaces, and a tunnel on a for each service on d. */
export function raiseMesh(
  place: Place,
  open: typeof openLab,
  version: string,
  name: string = "florenetes",
): Promise<System> {
  const protocols = { ...STREAMS, ...((place.of === "datagrams" || place.of === "vpn") && DATAGRAMS) };
  const services = Object.entries(protocols).map(([service, protocol]) => {
    const target = `${protocol}://${LOCAL_HOST}:${SERVICES[service as keyof Ports]}`;
    return [service, { node: "d", target, allow: ["user/alice"] }];
  });
  const tunnels = Object.entries(protocols).map(([service, protocol]) => {
    const listen = `${protocol}://${LOCAL_HOST}:${LOCAL_PORTS[service as keyof Ports]}`;
    const order = place.hasClasses ? { class: CLASSES[service as ServiceName] } : {};
    return { node: "a", listen, as: "user/alice", service, path: [...nodesOver(place.links)], ...order };
  });
  return openPeer({
    place,
    mesh: { services: Object.fromEntries(services), tunnels },
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
          name,
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
