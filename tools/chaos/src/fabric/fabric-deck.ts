import type { Random } from "@florenetes/simkit";
import type { FABRIC_FAULT_KINDS } from "../fault.ts";
import type { Deck, Draw } from "../schedule.ts";
import { CAPTURED, HONEST, HOSTS, linkVertexOf, MEMBERS, NODES, RELAYS, SPARE_HOST, USERS } from "./terrain.ts";

/** Nodes with agents: the captured one has none. */
const AGENTS = NODES.filter((node) => node !== CAPTURED);

/** The faults of the mesh with control agents. */
export const FABRIC_DECK: Deck<(typeof FABRIC_FAULT_KINDS)[number]> = {
  relay: { weight: 5, draw: (random) => ofNode(random.pick<string>(RELAYS), random.between(200, 12_000)) },
  vertex: { weight: 3, draw: (random) => ofProcess(random, false, random.between(200, 3_000)) },
  freeze: { weight: 3, draw: (random) => ofNode(random.pick<string>(RELAYS), random.between(300, 6_000)) },
  leave: { weight: 3, draw: (random) => ofProcess(random, true, random.between(500, 4_000)) },
  wire: {
    weight: 4,
    draw: (random) => {
      const between = [random.pick<string>([...USERS, ...HOSTS]), random.pick<string>(RELAYS)] as const;
      return { ...fault(random.between(300, 8_000)), target: { on: "link", between } };
    },
  },
  agent: { weight: 2, draw: (random) => ofAgents([random.pick(AGENTS)], random.between(200, 5_000)) },
  agents: { weight: 1, draw: (random) => ({ ...ofAgents(AGENTS, random.between(1_000, 8_000)), isAlone: true }) },
  coordinator: { weight: 2, draw: (random) => ofNode(HONEST, random.between(500, 8_000)) },
  member: {
    weight: 2,
    draw: (random) => {
      return { ...fault(random.between(500, 8_000)), target: { on: "member", member: random.pick<string>(MEMBERS) } };
    },
  },
  host: { weight: 1, draw: (random) => ofNode(SPARE_HOST, random.between(500, 5_000)) },
};

/** A fault that lasts so long, and takes something of leased routes. */
export function fault(forMs: number): Omit<Draw, "target"> {
  return { forMs, ways: ["leased"], isAlone: false };
}

export function ofNode(node: string, forMs: number): Draw {
  return { ...fault(forMs), target: { on: "node", node } };
}

export function ofAgents(nodes: readonly string[], forMs: number): Draw {
  return { ...fault(forMs), target: { on: "agents", nodes } };
}

/** @param isLink The link vertex, or any of both */
function ofProcess(random: Random, isLink: boolean, forMs: number): Draw {
  const node = random.pick<string>(RELAYS);
  const process = isLink || random.chance(0.5) ? linkVertexOf(node) : "cluster-flor";
  return { ...fault(forMs), target: { on: "process", node, process } };
}
