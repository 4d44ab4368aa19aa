import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Line, makeLine } from "../line.ts";
import type { NodeName, Place } from "../place.ts";
import { makeOwnFolder } from "../sweep.ts";
import { LOCAL_PORTS, OUTAGE_MS, SERVICES, type Description, type FaultName, type System } from "../system.ts";
import { Daemons } from "./daemons.ts";

/** How long daemons are given to refuse their configuration. */
const SETTLE_MS = 300;

/** Where a peer lives while it is measured. */
interface Ground {
  readonly line: Line;
  /** For keys and configurations; removed at the end. */
  readonly folder: string;
  readonly daemons: Daemons;
}

interface Peer {
  readonly description: Omit<Description, "links">;
  /** d's address in the overlay; undefined for proxies, which carry single ports of d's loopback. */
  readonly overlayHost?: string;
  /** Starts what runs on a node: at first, and after it was killed. */
  readonly startNode: (node: NodeName) => Promise<void>;
  /** What is charged to it, where daemons have processes of their own, too. */
  readonly processes?: () => ReadonlyMap<string, number>;
  /** What it can be struck with, where that is less than others can. */
  readonly faults?: readonly FaultName[];
  /** Brings back what does not come back by itself. */
  readonly recover?: () => Promise<void>;
}

interface PeerOptions {
  readonly place: Place;
  /** A word for the names of namespaces and folders. */
  readonly word: string;
  /** From a to d; those of the place when it is left out. */
  readonly nodes?: readonly NodeName[];
  /** Whether the kernel forwards between the nodes; it does not when left out. */
  readonly forwards?: boolean;
  /** Writes keys and configurations. */
  readonly prepare: (ground: Ground) => Peer;
}

/** A peer whose daemons run in the namespaces of a line: raised, struck and taken down alike for all of them. */
export async function openPeer({ place, word, nodes, forwards = false, prepare }: PeerOptions): Promise<System> {
  const line = await makeLine(word, { place, forwards, ...(nodes && { nodes }) });
  const folder = makeOwnFolder(word);
  const daemons = new Daemons(line);
  const dispose = async (): Promise<void> => {
    await daemons.dispose();
    line[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  const startNodes = async (peer: Peer, which: readonly NodeName[]): Promise<void> => {
    for (const node of which) await peer.startNode(node);
    await sleep(SETTLE_MS);
    const dead = daemons.deaths();
    if (dead !== undefined) throw new Error(dead);
  };
  let peer: Peer;
  try {
    peer = prepare({ line, folder, daemons });
    // From d on, so that each finds the one it dials: a peer may wait a minute before it dials again.
    await startNodes(peer, line.nodes.toReversed());
  } catch (error) {
    await dispose();
    throw error;
  }
  const { description, overlayHost, processes, faults, recover } = peer;
  return {
    description: { ...description, links: line.nodes.length - 1 },
    serverHost: overlayHost ?? "127.0.0.1",
    target: (service) =>
      overlayHost === undefined
        ? { host: "127.0.0.1", port: LOCAL_PORTS[service] }
        : { host: overlayHost, port: SERVICES[service] },
    spawn: (node, argv) => line.spawn(node, argv),
    processes: processes ?? (() => daemons.processes()),
    deaths: () => daemons.deaths(),
    faults: faults ?? ["transit restarted", "transit killed for 2 s", "wire cut for 2 s"],
    strike: async (fault) => {
      if (fault === "wire cut for 2 s") return line.cut(OUTAGE_MS);
      await daemons.kill("b");
      if (fault === "transit killed for 2 s") await sleep(OUTAGE_MS);
      await peer.startNode("b");
    },
    recover: recover ?? (() => Promise.resolve()),
    [Symbol.asyncDispose]: dispose,
  };
}
