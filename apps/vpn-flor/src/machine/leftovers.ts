import { type Command, type Family, familyOf, spelledAddress } from "./command.ts";
import { deleteRoute, deleteRule, type PolicyRoute, type PolicyRule } from "./policy.ts";

/** The numbers of iproute2's `-N` (rtnetlink(7), rtm_table and rtm_type). Names could be given to any table and protocol. */
const MAIN_TABLE = "254";
const WAYS: Readonly<Record<string, PolicyRoute["way"]>> = { "1": "device", "7": "unreachable", "9": "throw" };
/** The action of a rule that asks no table (linux/fib_rules.h). */
const ACTION_UNREACHABLE = "7";

/** A rule of the machine. `rule` is there if vpn-flor could have made it. */
export interface FoundRule {
  readonly family: Family;
  readonly priority: number;
  readonly protocol: string;
  readonly rule: PolicyRule | undefined;
}

/** A route of one table. `route` is there if vpn-flor could have made it. */
export interface FoundRoute {
  readonly family: Family;
  readonly network: string;
  readonly protocol: string;
  readonly route: PolicyRoute | undefined;
}

/** The rules and routes that stay, and by which protocol all that is ours is known. A plan is one of these. */
export interface Kept {
  readonly protocol: number;
  /** A client's, with which go rules; or `main`, in which an egress has its routes. */
  readonly table: number | "main";
  readonly rules: readonly PolicyRule[];
  readonly routes: readonly PolicyRoute[];
}

/**
 * The commands that remove what vpn-flor has left behind: it has our protocol, our form, and no place in `kept`. All else is somebody
 * else's, and stays.
 */
export function leftoverCommands(rules: readonly FoundRule[], routes: readonly FoundRoute[], kept: Kept): Command[] {
  const protocol = String(kept.protocol);
  const keptRules = new Set(kept.rules.map(ruleKey));
  const keptRoutes = new Set(kept.routes.map(routeKey));
  const staleRules = rules.flatMap((found) =>
    found.protocol === protocol && found.rule !== undefined && !keptRules.has(ruleKey(found.rule)) ? [found.rule] : [],
  );
  const staleRoutes = routes.flatMap((found) =>
    found.protocol === protocol && found.route !== undefined && !keptRoutes.has(routeKey(found.route))
      ? [found.route]
      : [],
  );
  return [
    ...staleRules.toReversed().map((rule) => deleteRule(rule, kept.protocol)),
    ...staleRoutes.map((route) => deleteRoute(route, kept.protocol)),
  ];
}

/**
 * Reads `ip -FAMILY -N -json rule show`.
 *
 * @throws SyntaxError for what is no JSON, TypeError for JSON of another form
 */
export function readRules(family: Family, json: string): FoundRule[] {
  return entriesOf(json).map((entry) => {
    const priority = Number(entry["priority"]);
    return { family, priority, protocol: textOf(entry["protocol"]), rule: ruleOf(family, priority, entry) };
  });
}

/**
 * Reads `ip -FAMILY -N -json route show table TABLE`.
 *
 * @throws SyntaxError for what is no JSON, TypeError for JSON of another form
 */
export function readRoutes(family: Family, table: number | "main", json: string): FoundRoute[] {
  return entriesOf(json).map((entry) => {
    const network = textOf(entry["dst"]);
    return { family, network, protocol: textOf(entry["protocol"]), route: routeOf(family, table, network, entry) };
  });
}

type Entry = Readonly<Record<string, unknown>>;

function entriesOf(json: string): Entry[] {
  // For an empty table some versions of iproute2 print nothing at all.
  const value: unknown = json.trim() === "" ? [] : JSON.parse(json);
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === "object" && entry !== null);
  if (!isList) throw new TypeError("iproute2 has printed something other than a list");
  return value as Entry[];
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function hasOnly(entry: Entry, keys: ReadonlySet<string>): boolean {
  return Object.keys(entry).every((key) => keys.has(key));
}

const RULE_KEYS = new Set([
  "priority",
  "src",
  "table",
  "uid_start",
  "uid_end",
  "suppress_prefixlen",
  "action",
  "protocol",
]);
const ROUTE_KEYS = new Set(["type", "dst", "dev", "table", "protocol", "scope", "metric", "flags", "pref"]);

function ruleOf(family: Family, priority: number, entry: Entry): PolicyRule | undefined {
  const { table, action, uid_start: user, suppress_prefixlen: suppressed } = entry;
  const isOurForm =
    hasOnly(entry, RULE_KEYS) &&
    entry["src"] === "all" &&
    user === entry["uid_end"] &&
    (suppressed === undefined || suppressed === 0) &&
    (action === undefined ? table !== undefined : action === ACTION_UNREACHABLE && table === undefined);
  if (!isOurForm) return undefined;
  return {
    family,
    priority,
    table: action === undefined ? tableOf(table) : undefined,
    ...(user === undefined ? {} : { user: Number(user) }),
    ...(suppressed === undefined ? {} : { isWithoutDefault: true }),
  };
}

function tableOf(table: unknown): number | "main" {
  const text = textOf(table);
  return text === MAIN_TABLE ? "main" : Number(text);
}

function routeOf(family: Family, table: number | "main", network: string, entry: Entry): PolicyRoute | undefined {
  const { type, dev, metric } = entry;
  const way = type === undefined ? "device" : WAYS[textOf(type)];
  if (way === undefined || typeof metric !== "number" || !hasOnly(entry, ROUTE_KEYS)) return undefined;
  // IPv6 names `lo` for ways that have no device.
  const device = way === "device" && typeof dev === "string" ? { device: dev } : {};
  return { family, table, network, way, metric, ...device };
}

function ruleKey(rule: PolicyRule): string {
  const { family, priority, user, table, isWithoutDefault } = rule;
  return [family, priority, user, table, isWithoutDefault === true].join(" ");
}

function routeKey(route: PolicyRoute): string {
  const { family, table, network, way, device, metric } = route;
  return [family, table, networkKey(network), way, device, metric].join(" ");
}

/** The kernel's spelling of a network: one of a single address has no length. */
function networkKey(network: string): string {
  if (network === "default") return network;
  const [address = "", length] = network.split("/");
  if (length === "0") return "default";
  const isWhole = length === undefined || length === (familyOf(address) === 4 ? "32" : "128");
  return isWhole ? spelledAddress(address) : `${spelledAddress(address)}/${length}`;
}
