import { fault, ofAgents, ofNode } from "../fabric/fabric-deck.ts";
import { RELAYS } from "../fabric/terrain.ts";
import type { FLEET_FAULT_KINDS } from "../fault.ts";
import type { Deck } from "../schedule.ts";
import { COORDINATORS, NODES, OBSERVERS, ROLE_MOVES } from "./terrain.ts";

/** The faults of a fleet: addresses change more often than all else. A new address stays, so that there is nothing to mend. */
export const FLEET_DECK: Deck<(typeof FLEET_FAULT_KINDS)[number]> = {
  move: { weight: 8, draw: (random) => ofNode(random.pick(NODES), 0) },
  role: { weight: 2, draw: (random) => ofNode(ROLE_MOVES.from, random.between(8_000, 20_000)) },
  observer: { weight: 2, draw: (random) => ofNode(random.pick<string>(OBSERVERS), random.between(500, 8_000)) },
  relay: { weight: 3, draw: (random) => ofNode(random.pick<string>(RELAYS), random.between(200, 12_000)) },
  vertex: {
    weight: 2,
    draw: (random) => {
      const node = random.pick<string>(RELAYS);
      const process = random.chance(0.5) ? "link-flor" : "cluster-flor";
      return { ...fault(random.between(200, 3_000)), target: { on: "process", node, process } };
    },
  },
  freeze: { weight: 2, draw: (random) => ofNode(random.pick<string>(RELAYS), random.between(300, 6_000)) },
  agent: { weight: 2, draw: (random) => ofAgents([random.pick(NODES)], random.between(200, 5_000)) },
  coordinator: { weight: 3, draw: (random) => ofNode(random.pick<string>(COORDINATORS), random.between(500, 8_000)) },
};
