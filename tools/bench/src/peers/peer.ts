import { setTimeout as sleep } from "node:timers/promises";
import { type NodeName, nodesOver, type Place } from "../place.ts";
import { type Description, LOCAL_HOST, LOCAL_PORTS, OUTAGE_MS, SERVICES, type System } from "../system.ts";
import { Line } from "./line.ts";

/** How long daemons are given to refuse their configuration. */
const SETTLE_MS = 300;

interface Peer {
  readonly description: Description;
  /** The processes whose commands begin so are charged to it: its daemons, and what these start. None where it is left out. */
  readonly command?: string;
  /** d's address in the overlay; left out for proxies, which carry single ports of d's loopback. */
  readonly overlayHost?: string;
  /** Starts what runs on a node: at first, and after it was killed. */
  readonly startNode?: (node: NodeName) => void | Promise<void>;
  /** Brings back what does not come back by itself. */
  readonly recover?: () => Promise<void>;
}

interface PeerOptions {
  readonly place: Place;
  /** From a to d; those of the place when it is left out. */
  readonly nodes?: readonly NodeName[];
  /** Whether the kernel forwards between the nodes; it does not when left out. */
  readonly forwards?: boolean;
  /** Writes keys and configurations into the folder of the line's lab, which is removed at the end. */
  readonly prepare: (line: Line, folder: string) => Peer | Promise<Peer>;
}

/** A peer whose daemons run in the namespaces of a line: raised, struck and taken down alike for all of them. */
export async function openPeer({ place, nodes, forwards = false, prepare }: PeerOptions): Promise<System> {
  const line = await Line.open(place, nodes ?? nodesOver(place.links), forwards);
  const { lab } = line;
  try {
    const { description, command, overlayHost, startNode, recover } = await prepare(line, lab.folder);
    // From d on, so that each finds the one it dials: a peer may wait a minute before it dials again.
    for (const node of line.nodes.toReversed()) await startNode?.(node);
    await sleep(SETTLE_MS);
    const dead = line.deaths();
    if (dead !== undefined) throw new Error(dead);
    return {
      description,
      nodes: line.nodes,
      lab,
      host: overlayHost ?? LOCAL_HOST,
      ports: overlayHost === undefined ? LOCAL_PORTS : SERVICES,
      processes: () =>
        new Map(command === undefined ? [] : line.nodes.flatMap((node) => [...line.processesOn(node, command)])),
      deaths: () => line.deaths(),
      faults: [
        ...(startNode === undefined ? [] : (["transit restarted", "transit killed for 2 s"] as const)),
        "wire cut for 2 s",
      ],
      strike: async (fault) => {
        if (fault === "wire cut for 2 s") return line.cut();
        await line.kill("b");
        if (fault === "transit killed for 2 s") await sleep(OUTAGE_MS);
        await startNode?.("b");
      },
      ...(recover && { recover }),
      [Symbol.asyncDispose]: () => lab.down(),
    };
  } catch (error) {
    await lab.down();
    throw error;
  }
}
