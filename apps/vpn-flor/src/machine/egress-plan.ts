import { type Command, type DeviceAddress, deviceCommands, familyOf } from "./command.ts";
import { deleteTable, type EgressRulesetOptions, setTable } from "./egress-ruleset.ts";
import { deleteRoute, type PolicyRoute, type PolicyRule, setRoute } from "./policy.ts";

/** The lower metric counts: the device's, while it is there. */
const METRICS = { device: 10, unreachable: 4_000 } as const;

export interface EgressPlanOptions extends EgressRulesetOptions {
  /** In bytes. */
  readonly mtu: number;
  readonly addresses: readonly DeviceAddress[];
  /** The routing protocol that marks routes as ours. Several egresses of a machine need one each. */
  readonly protocol: number;
}

export interface EgressPlan {
  readonly protocol: number;
  readonly table: "main";
  /** An egress needs none. */
  readonly rules: readonly PolicyRule[];
  readonly routes: readonly PolicyRoute[];
  /** Can be run over an earlier `up`. */
  readonly up: readonly Command[];
  /** Can be run when some of it is gone. The device's addresses go with the device. */
  readonly down: readonly Command[];
}

/** The commands that make a machine the way out for the clients of a pool, and those that undo it. Forwarding itself is the operator's to allow. */
export function egressPlan(options: EgressPlanOptions): EgressPlan {
  const { device, mtu, addresses, protocol } = options;
  const routes = options.pools.flatMap((network) => routesTo(network, device));
  return {
    protocol,
    table: "main",
    rules: [],
    routes,
    up: [
      setTable(options),
      ...deviceCommands(device, mtu, addresses),
      ...routes.map((route) => setRoute(route, protocol)),
    ],
    down: [...routes.map((route) => deleteRoute(route, protocol)), deleteTable(options.name)],
  };
}

/** `unreachable` holds when the device is away: answers to clients would leave by the default route otherwise. */
function routesTo(network: string, device: string): PolicyRoute[] {
  const route = { family: familyOf(network), table: "main", network } as const;
  return [
    { ...route, way: "unreachable", metric: METRICS.unreachable },
    { ...route, way: "device", device, metric: METRICS.device },
  ];
}
