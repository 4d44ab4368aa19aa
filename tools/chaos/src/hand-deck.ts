import type { FAULT_KINDS, Harm } from "./fault.ts";
import type { Deck, Draw } from "./schedule.ts";
import { BETWEEN, ENDS, LINKS, type LinkTarget, type ProcessTarget, WITH_CLOCK, WITH_STATE } from "./terrain.ts";

const WITH_RELAY = LINKS.filter(({ hasRelay }) => hasRelay);
const ALL_PROCESSES = [...BETWEEN, ...ENDS];
const CLOCK_SHIFTS = [-120, -30, 45, 600, 3_000];

/** The faults of the mesh whose paths are written by hand. */
export const HAND_DECK: Deck<(typeof FAULT_KINDS)[number]> = {
  kill: { weight: 4, draw: (random) => ofProcess(random.pick(BETWEEN), random.between(0, 3_000)) },
  "kill-end": { weight: 1, draw: (random) => ofProcess(random.pick(ENDS), random.between(0, 3_000)) },
  stop: { weight: 3, draw: (random) => ofProcess(random.pick(ALL_PROCESSES), random.between(300, 6_000)) },
  cut: { weight: 4, draw: (random) => ofLink(random.pick(LINKS), random.between(300, 8_000)) },
  outage: {
    weight: 1,
    draw: (random) => {
      const { node, ways } = random.pick(ENDS);
      return { forMs: random.between(2_000, 20_000), ways, isAlone: true, target: { on: "node", node } };
    },
  },
  rebind: { weight: 2, draw: (random) => ofLink(random.pick(WITH_RELAY), 0) },
  impair: {
    weight: 2,
    draw: (random) => {
      const harm = {
        delayMs: random.between(0, 60),
        jitterMs: random.between(0, 10),
        loss: random.between(0, 30) / 1000,
        rateMbit: random.between(5, 50),
      };
      return ofLink(random.pick(WITH_RELAY), random.between(2_000, 6_000), harm);
    },
  },
  reload: { weight: 2, draw: (random) => ofProcess(random.pick(ALL_PROCESSES), 0) },
  change: { weight: 1, draw: (random) => ofProcess(ENDS[0]!, random.between(1_000, 3_000)) },
  apply: { weight: 1, draw: () => ({ forMs: 0, ways: [], isAlone: true, target: { on: "mesh" } }) },
  list: { weight: 2, draw: () => ({ forMs: 0, ways: [], isAlone: false, target: { on: "mesh" } }) },
  disk: { weight: 1, draw: (random) => ofProcess(random.pick(WITH_STATE), random.between(2_000, 4_000)) },
  clock: {
    weight: 1,
    draw: (random) => ofProcess(random.pick(WITH_CLOCK), random.between(2_000, 4_000), random.pick(CLOCK_SHIFTS)),
  },
};

/** A fault of an end's cluster-flor goes on alone, since both paths end there. */
function ofProcess({ node, process, ways }: ProcessTarget, forMs: number, shift?: number): Draw {
  const isAlone = ENDS.some((end) => end.node === node && end.process === process);
  return { forMs, ways, isAlone, target: { on: "process", node, process, ...(shift !== undefined && { shift }) } };
}

function ofLink({ between, ways }: LinkTarget, forMs: number, harm?: Harm): Draw {
  return { forMs, ways, isAlone: false, target: { on: "link", between, ...(harm !== undefined && { harm }) } };
}
