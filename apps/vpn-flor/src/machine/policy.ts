import { type Command, type Family, ipCommand } from "./command.ts";

/** A rule of policy routing (ip-rule(8)) as vpn-flor makes them. */
export interface PolicyRule {
  readonly family: Family;
  readonly priority: number;
  /** Only for what processes of this user send. */
  readonly user?: number;
  /** The table that is asked; undefined: nothing is, and packets are refused as unreachable. */
  readonly table: number | "main" | undefined;
  /** Whether a default route of the table is passed over. */
  readonly isWithoutDefault?: boolean;
}

/** A route of a table that vpn-flor makes. */
export interface PolicyRoute {
  readonly family: Family;
  readonly table: number | "main";
  /** `default`, or a network. */
  readonly network: string;
  /** `throw`: the rules go on behind this table. */
  readonly way: "device" | "unreachable" | "throw";
  /** The device of the way `device`. */
  readonly device?: string;
  /** The lowest of several routes to a network counts. */
  readonly metric: number;
}

/** Adds a rule. One that is there already may stay. */
export function addRule(rule: PolicyRule, protocol: number): Command {
  return { ...ipCommand(rule.family, "rule", "add", ...ruleSelectors(rule, protocol)), settled: "exists" };
}

/**
 * Removes a rule. All its selectors are named, as the kernel does not compare the protocol: by its priority alone it would remove somebody
 * else's.
 */
export function deleteRule(rule: PolicyRule, protocol: number): Command {
  return { ...ipCommand(rule.family, "rule", "delete", ...ruleSelectors(rule, protocol)), settled: "absent" };
}

function ruleSelectors(rule: PolicyRule, protocol: number): string[] {
  const user = rule.user === undefined ? [] : ["uidrange", `${rule.user}-${rule.user}`];
  const action = rule.table === undefined ? ["unreachable"] : ["lookup", String(rule.table)];
  const suppressed = rule.isWithoutDefault === true ? ["suppress_prefixlength", "0"] : [];
  return ["priority", String(rule.priority), ...user, ...action, ...suppressed, "protocol", String(protocol)];
}

/** Adds a route, or puts it in the place of one to the same network with the same metric. */
export function setRoute(route: PolicyRoute, protocol: number): Command {
  return ipCommand(route.family, "route", "replace", ...routeSelectors(route, protocol));
}

export function deleteRoute(route: PolicyRoute, protocol: number): Command {
  return { ...ipCommand(route.family, "route", "delete", ...routeSelectors(route, protocol)), settled: "absent" };
}

function routeSelectors(route: PolicyRoute, protocol: number): string[] {
  const type = route.way === "device" ? [] : [route.way];
  const device = route.device === undefined ? [] : ["dev", route.device];
  const place = ["table", String(route.table), "metric", String(route.metric), "protocol", String(protocol)];
  return [...type, route.network, ...device, ...place];
}
