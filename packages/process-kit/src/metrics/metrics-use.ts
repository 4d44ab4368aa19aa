import { isDeepStrictEqual } from "node:util";
import type { MetricsListen } from "@florenetes/config-file";
import type { ConfigPlan, ConfigUse, ReadConfig } from "../config/config-use.ts";
import type { ConfigChange } from "../config/reload-outcome.ts";
import type { MetricsEndpoint } from "./metrics-endpoint.ts";

interface MeasuredConfig extends ReadConfig {
  readonly metrics?: MetricsListen | undefined;
}

/** A program's plan, with the address of metrics. */
export interface MeasuredPlan<Plan extends ConfigPlan> extends ConfigPlan {
  readonly own: Plan;
  readonly metrics?: MetricsListen | undefined;
}

/** Has the TCP address of metrics follow a program's config, beside all that follows it already. */
export function withMetrics<Config extends MeasuredConfig, Plan extends ConfigPlan>(
  use: ConfigUse<Config, Plan>,
  endpoint: Pick<MetricsEndpoint, "down" | "take" | "reread">,
): ConfigUse<Config, MeasuredPlan<Plan>> {
  const isSame = (a: Config, b: Config): boolean => isDeepStrictEqual(a.metrics, b.metrics);
  return {
    get down() {
      return [...use.down, ...endpoint.down];
    },
    isSame: (a, b) => isSame(a, b) && use.isSame(a, b),
    plan(inForce, next) {
      const own = use.plan(inForce, next);
      const changes = isSame(inForce, next) ? own.changes : [...own.changes, changeOf(inForce, next)];
      return { own, restartKeys: own.restartKeys, changes, metrics: next.metrics };
    },
    reread: async () => (await use.reread?.()) ?? [],
    readIdentities: async () => [...((await use.readIdentities?.()) ?? []), ...(await endpoint.reread())],
    take: async ({ own, metrics }, isReload) => [...(await use.take(own, isReload)), ...(await endpoint.take(metrics))],
  };
}

function changeOf(inForce: MeasuredConfig, next: MeasuredConfig): ConfigChange {
  const change = inForce.metrics === undefined ? "added" : next.metrics === undefined ? "removed" : "changed";
  return { kind: "setting", name: "metrics", change, effect: "links and streams stay" };
}
