/** The metrics of releases: how the node is with its own, and, at a coordinator, how the nodes are that it hears. */
import { INSTALLED_STATES } from "@florenetes/facts";
import type { Metric } from "@florenetes/process-kit";
import type { FabricFlorStatus } from "./fabric-status.ts";
import { counted } from "./metric-forms.ts";

export const RELEASE_METRICS: readonly Metric<FabricFlorStatus>[] = [
  counted(
    "fabric_release_state",
    "gauge",
    "1 for the state in which the node is with the release of its channel, 0 for the others; missing where it follows none.",
    "state",
    ({ releases }) =>
      releases === null
        ? {}
        : Object.fromEntries(INSTALLED_STATES.map((state) => [state, Number(releases.state === state)])),
  ),
  counted(
    "fabric_release_fetches_total",
    "counter",
    "Fetches of a release: `begun`, `done`, `failed`.",
    "outcome",
    ({ releases }) => releases?.fetches ?? {},
  ),
  counted(
    "fabric_coordinator_software",
    "gauge",
    "Nodes that tell this coordinator of their software, by the state in which they are with the release of their channel.",
    "state",
    ({ coordinator }) => coordinator?.software ?? {},
  ),
];
