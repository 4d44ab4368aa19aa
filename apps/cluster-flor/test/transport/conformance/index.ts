/** Each data plane keeps these promises to the transport service; workloads and neighbours see whether it does. */
import type { World } from "../worlds/both-worlds.ts";
import { beside } from "./beside.ts";
import { classes } from "./classes.ts";
import { draining } from "./draining.ts";
import { exchanged } from "./exchanged.ts";
import { flows } from "./flows.ts";
import { offers } from "./offers.ts";
import { otherConfig } from "./other-config.ts";
import { ownEcho } from "./own-echo.ts";
import { ownFlows, ownStreams } from "./own-opened.ts";
import { ownService } from "./own-service.ts";
import { pressure } from "./pressure.ts";
import { privacy } from "./privacy.ts";
import { relabelling } from "./relabelling.ts";
import { restarts } from "./restarts.ts";
import { switching } from "./switching.ts";
import { standby } from "./standby.ts";
import { streams } from "./streams.ts";
import type { Suite } from "./suite.ts";
import { toldPrincipals } from "./told-principals.ts";

const suites: readonly Suite[] = [
  streams,
  flows,
  ownStreams,
  ownFlows,
  ownEcho,
  ownService,
  offers,
  restarts,
  draining,
  beside,
  relabelling,
  switching,
  standby,
  classes,
  exchanged,
  otherConfig,
  pressure,
  privacy,
  toldPrincipals,
];

/** Judges the data plane of a world. A further plane needs a world of its own, and passes the same tests. */
export function describeDataPlane(world: World): void {
  for (const suite of suites) suite(world);
}
