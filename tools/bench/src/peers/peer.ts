import { setTimeout as sleep } from "node:timers/promises";
import type { NodeName, Place } from "../place.ts";
import { type Description, LOCAL_HOST, LOCAL_PORTS, OUTAGE_MS, SERVICES, type System } from "../system.ts";
import { Line, type LineOptions } from "./line.ts";

/** How long daemons are given to refuse their configuration. */
const SETTLE_MS = 300;

interface Peer {
  readonly description: Description;
  /** The processes that are charged to the peer; none when left out. */
  readonly processes?: System["processes"];
  /** The address of d in the overlay; left out for proxies, which carry single ports of d's loopback. */
  readonly overlayHost?: string;
  /** Starts the daemons of a node: at first, and after they were killed. */
  readonly startNode?: (node: NodeName) => void | Promise<void>;
  /** Faults of b that are not made by a kill and a new start of all that runs on it. */
  readonly strikes?: System["strikes"];
  /** Starts again what does not come back by itself. */
  readonly recover?: () => Promise<void>;
}

export interface PeerOptions extends LineOptions {
  readonly place: Place;
  /** Writes keys and configurations into the folder of the line's lab, which is removed at the end. */
  readonly prepare: (line: Line, folder: string) => Peer | Promise<Peer>;
}

/** A peer whose daemons run in the namespaces of a line: raised, struck and taken down alike for all of them. */
export async function openPeer({ place, prepare, ...options }: PeerOptions): Promise<System> {
  const line = await Line.open(place, options);
  const { lab } = line;
  try {
    const { description, processes, overlayHost, startNode, strikes, recover } = await prepare(line, lab.folder);
    // Nodes start from d on, so that each finds the node that it dials: a peer may wait a minute before it dials again.
    for (const node of line.nodes.toReversed()) await startNode?.(node);
    await sleep(SETTLE_MS);
    const dead = line.deaths();
    if (dead !== undefined) throw new Error(dead);
    const restart = async (afterMs: number): Promise<void> => {
      await line.kill("b");
      await sleep(afterMs);
      await startNode?.("b");
    };
    const usual = { "transit restarted": () => restart(0), "transit killed for 2 s": () => restart(OUTAGE_MS) };
    return {
      description,
      nodes: line.nodes,
      lab,
      host: overlayHost ?? LOCAL_HOST,
      ports: overlayHost === undefined ? LOCAL_PORTS : SERVICES,
      processes: processes ?? (() => new Map()),
      deaths: () => line.deaths(),
      strikes: { ...(startNode && usual), ...strikes, "wire cut for 2 s": () => line.cut() },
      ...(recover && { recover }),
      [Symbol.asyncDispose]: () => lab.down(),
    };
  } catch (error) {
    await lab.down();
    throw error;
  }
}
