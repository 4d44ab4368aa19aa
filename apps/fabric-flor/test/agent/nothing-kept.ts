import type { KeptState } from "../../src/agent/agent.ts";

/** The state that an agent finds at its first start. */
export function nothingKept(): KeptState {
  return {
    rows: [],
    lastSequence: 0,
    marks: new Map(),
    ran: new Map(),
    cursors: new Map(),
    papers: {},
    routes: { leases: [], permits: [] },
    leases: [],
    usage: [],
    orders: undefined,
    outcomes: [],
    links: [],
  };
}
