import type { LinksStatus } from "../../src/admin/links-status.ts";

/** The links of an agent that may make none. */
export const NO_LINKS: LinksStatus = {
  most: 0,
  alone: null,
  remembered: 0,
  made: [],
  ranked: [],
  unfit: {},
  candidates: 0,
  knocks: 0,
  knocksDropped: {},
  refusals: 0,
  asksDropped: 0,
  callsHeld: 0,
};
