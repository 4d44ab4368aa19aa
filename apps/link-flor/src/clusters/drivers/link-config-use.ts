import type { ConfigUse } from "@florenetes/process-kit";
import { type ConfigPlan, isUnchanged, planChanges } from "../../config/config-changes.ts";
import type { LinkFlorConfig } from "../../config/link-config.ts";
import type { ServedClusters } from "./served-clusters.ts";

/** Has the clusters of a process follow its config. */
export function linkConfigUse(clusters: ServedClusters): ConfigUse<LinkFlorConfig, ConfigPlan> {
  return {
    get down() {
      return clusters.down;
    },
    isSame: (a, b) => isUnchanged(planChanges(a, b)),
    plan: planChanges,
    readIdentities: () => clusters.reload(),
    async take(plan, isReload) {
      await clusters.take(plan);
      await clusters.open();
      return isReload ? clusters.reload() : [];
    },
  };
}
