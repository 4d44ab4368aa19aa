import { randomBytes } from "node:crypto";
import type { KeptState } from "@florenetes/fabric-flor/src/agent/agent.ts";
import type { AgentFiles } from "@florenetes/fabric-flor/src/drivers/agent-driver.ts";

const DATABASE_ID_SIZE = 16;

/** Keeps nothing over the end of a process: devices of a run are started once. Three databases of each would cost more than all else of a device. */
export class MemoryFiles implements AgentFiles {
  readonly databaseId: string = randomBytes(DATABASE_ID_SIZE).toString("hex");
  readonly fault: undefined;

  read(): KeptState {
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

  store(): boolean {
    return true;
  }

  writeAgain(): boolean {
    return true;
  }

  keep(): void {}

  keepRoutes(): void {}

  keepLeases(): void {}

  keepUsage(): void {}

  keepOutcomes(): void {}

  keepOrders(): undefined {}

  keepLinks(): void {}
}
