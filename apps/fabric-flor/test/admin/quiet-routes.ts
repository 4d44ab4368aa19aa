import type { RoutesStatus } from "../../src/admin/routes-status.ts";

/** The routes of an agent that hears no coordinator. */
export const QUIET_ROUTES: RoutesStatus = {
  coordinators: [],
  asked: 0,
  held: 0,
  leases: [],
  permits: { held: 0, waiting: 0 },
  switches: {},
  letters: { sent: 0, answered: 0 },
  reports: 0,
  heldBack: { routes: 0, reports: 0, letters: 0 },
  withoutBulk: 0,
  outcomes: {},
};
