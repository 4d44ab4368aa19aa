import type { Random } from "@florenetes/simkit";
import { fault, ofAgents, ofNode } from "../fabric/fabric-deck.ts";
import type { VPN_FAULT_KINDS } from "../fault.ts";
import type { Deck, Draw } from "../schedule.ts";
import { CLIENT, COORDINATORS, EXITS, NODES, RELAYS } from "./terrain.ts";

/** The processes of the client's node that may be killed, its agent beside them. */
const CLIENTS = ["link-flor", "cluster-flor", "agent"] as const;

/** The faults of a VPN: one at a time, since an exit is one of two, and the client the only one. */
export const VPN_DECK: Deck<(typeof VPN_FAULT_KINDS)[number]> = {
  relay: { weight: 3, draw: (random) => alone(ofNode(random.pick<string>(RELAYS), random.between(200, 8_000))) },
  vertex: {
    weight: 3,
    draw: (random) => {
      const process = random.pick(["link-flor", "cluster-flor"] as const);
      return ofProcess(random.pick<string>(RELAYS), process, random.between(200, 3_000));
    },
  },
  freeze: { weight: 3, draw: (random) => alone(ofNode(random.pick<string>(RELAYS), random.between(300, 6_000))) },
  agent: { weight: 1, draw: (random) => alone(ofAgents([random.pick(NODES)], random.between(200, 5_000))) },
  coordinator: {
    weight: 1,
    draw: (random) => alone(ofNode(random.pick<string>(COORDINATORS), random.between(500, 5_000))),
  },
  exit: { weight: 3, draw: (random) => ofExit(random, 500, 4_000) },
  "exit-node": { weight: 2, draw: (random) => ofExit(random, 6_000, 12_000) },
  // The exit finds out within 8 s, and the client has to have left it within 12.
  uplink: { weight: 2, draw: (random) => ofExit(random, 13_000, 16_000) },
  client: {
    weight: 3,
    draw: (random) => {
      const process = random.pick(CLIENTS);
      const forMs = random.between(200, 3_000);
      return process === "agent" ? alone(ofAgents([CLIENT], forMs)) : ofProcess(CLIENT, process, forMs);
    },
  },
  gate: { weight: 2, draw: (random) => alone(ofNode(CLIENT, random.between(500, 4_000))) },
};

function ofExit(random: Random, least: number, most: number): Draw {
  return { ...fault(random.between(least, most)), isAlone: true, target: { on: "exit", of: EXITS } };
}

function ofProcess(node: string, process: "link-flor" | "cluster-flor", forMs: number): Draw {
  return { ...fault(forMs), isAlone: true, target: { on: "process", node, process } };
}

function alone(draw: Draw): Draw {
  return { ...draw, isAlone: true };
}
