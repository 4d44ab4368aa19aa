import type { OwnAddress } from "../agent/own-endpoints.ts";
import type { NodeLoad } from "../agent/routes/report.ts";

/** The machine that an agent runs on, as far as it tells others of it. */
export interface Machine {
  readonly load: () => NodeLoad;
  readonly addresses: () => readonly OwnAddress[];
}
