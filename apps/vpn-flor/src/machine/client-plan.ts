import {
  type Command,
  type DeviceAddress,
  deviceCommands,
  type Family,
  familyOf,
  ipCommand,
  type Ipv6State,
  upCommand,
} from "./command.ts";
import { addRule, deleteRule, type PolicyRoute, type PolicyRule, setRoute } from "./policy.ts";

/** The routing table of a client, where its config names no other. */
export const CLIENT_TABLE = 51_900;
/** The first priority of a client's rules: in front of `main` (32,766) and behind the rules that people write by hand. */
export const CLIENT_PRIORITY = 5_190;
/** The routing protocol (rtnetlink(7), rtm_protocol) that marks routes and rules as ours: 86 is `V`, which iproute2 gives to nobody. */
export const VPN_PROTOCOL = 86;
/** Priorities from the first on that a client takes. */
export const CLIENT_PRIORITIES = 4;

/** The lowest of several routes to a network counts: an exclusion does even where the network is included, too. */
const METRICS = { throw: 1, device: 10, unreachable: 4_000 } as const;

/** The domain of systemd-resolved that all names belong to. */
export const ALL_NAMES = "~.";

export interface ClientPlanOptions {
  readonly device: string;
  /** In bytes. For IPv6 at least 1,280 (RFC 8200, 5). */
  readonly mtu: number;
  /**
   * The egress has given them to this machine. IPv6 without any has no way through the device. IPv4 without any has one
   * for a kill switch only: such packets have a source that is not ours, and are to be dropped.
   */
  readonly addresses: readonly DeviceAddress[];
  readonly table: number;
  /** The first of `CLIENT_PRIORITIES` priorities that follow each other. */
  readonly priority: number;
  /** Marks rules and routes as ours: several clients of a machine need one each. */
  readonly protocol: number;
  /** The user of link-flor, whose packets carry the mesh: they never go through the device. */
  readonly meshUser: number;
  /** Networks that are reached through the device, of both families. */
  readonly include: readonly string[] | "all";
  /** Networks that are not, though `include` has them. */
  readonly exclude: readonly string[];
  /** Whether what is included is unreachable when the device is not there, rather than reached by the machine's own routes. */
  readonly killSwitch: boolean;
  readonly ipv6: Ipv6State;
  /** Addresses of resolvers that are asked over the device; none: names are resolved as before. */
  readonly dns: readonly string[];
  /** The domains whose names these resolve. */
  readonly dnsDomains: readonly string[];
}

export interface ClientPlan {
  readonly protocol: number;
  readonly table: number;
  /** All that `up` leaves behind in the tables of rules and routes. */
  readonly rules: readonly PolicyRule[];
  readonly routes: readonly PolicyRoute[];
  /**
   * For the time before the egress has given addresses, when the kill switch is on: all that is included goes to the device, which has no
   * address yet. Behind a start that was killed the `unreachable` routes are still there, and with `rp_filter` 2 the kernel drops what link-flor
   * receives from networks that it finds unreachable: with a route to the device they are reachable again. Without kill switch: nothing.
   */
  readonly hold: readonly Command[];
  /** Can be run over an earlier `up` or `hold`, also of a process that died: the kill switch stays closed meanwhile. */
  readonly up: readonly Command[];
  /** Tells systemd-resolved, behind `up`, of the resolvers. It forgets them with the device. */
  readonly dns: readonly Command[];
  /** Removes rules and routes, and can be run when some are gone. The device's addresses go with the device. */
  readonly down: readonly Command[];
}

/** The commands that lead packets of a machine through a device, and those that undo it. */
export function clientPlan(options: ClientPlanOptions): ClientPlan {
  const { device, mtu, protocol, table, killSwitch } = options;
  const families: readonly Family[] = options.ipv6 === "absent" ? [4] : [4, 6];
  const addresses = options.addresses.filter(({ address }) => familyOf(address) === 4 || options.ipv6 === "on");
  const rules = families.flatMap((family) => rulesOf(family, options));
  // `unreachable` alone would have `rp_filter` drop what link-flor receives by IPv4, as `hold` says; IPv6 has no such filter.
  const isOpen = (family: Family): boolean =>
    (family === 4 && killSwitch) || addresses.some(({ address }) => familyOf(address) === family);
  const routes = families.flatMap((family) => routesOf(family, isOpen(family), options));
  const usable = families.filter((family) => family === 4 || options.ipv6 === "on");
  const held = families.flatMap((family) => routesOf(family, usable.includes(family), options));
  const enter = (routes: readonly PolicyRoute[]): Command[] => [
    ...routes.map((route) => setRoute(route, protocol)),
    ...rules.map((rule) => addRule(rule, protocol)),
  ];
  return {
    protocol,
    table,
    rules,
    routes,
    hold: killSwitch ? [upCommand(device, mtu), ...enter(held)] : [],
    up: [...deviceCommands(device, mtu, addresses), ...enter(routes)],
    dns: dnsCommands(options),
    down: [
      ...rules.toReversed().map((rule) => deleteRule(rule, protocol)),
      ...families.map((family) => flushTable(family, table, protocol)),
    ],
  };
}

/** Domains come before servers: for a moment the other way round, all names would be asked there. */
function dnsCommands({ device, dns, dnsDomains }: ClientPlanOptions): Command[] {
  if (dns.length === 0) return [];
  const isDefault = dnsDomains.includes(ALL_NAMES);
  const commands = [
    ["domain", device, ...dnsDomains],
    ["default-route", device, String(isDefault)],
    ["dns", device, ...dns],
  ];
  return commands.map((args) => ({ program: "resolvectl", args }));
}

function flushTable(family: Family, table: number, protocol: number): Command {
  const args = ["route", "flush", "table", String(table), "protocol", String(protocol)];
  return { ...ipCommand(family, ...args), settled: "absent" };
}

function rulesOf(family: Family, { priority, meshUser, table }: ClientPlanOptions): PolicyRule[] {
  return [
    { family, priority, user: meshUser, table: "main" },
    // The mesh has no way where `main` has none: through the device its packets would be carried by themselves.
    { family, priority: priority + 1, user: meshUser, table: undefined },
    // Networks that the machine is in, or has routes of its own to, stay as they are.
    { family, priority: priority + 2, table: "main", isWithoutDefault: true },
    { family, priority: priority + 3, table },
  ];
}

/** `unreachable` comes first, so that there is no moment at which the kill switch is open. */
function routesOf(family: Family, isOpen: boolean, options: ClientPlanOptions): PolicyRoute[] {
  const { device, table, killSwitch } = options;
  const isOurs = (network: string): boolean => familyOf(network) === family;
  const included = options.include === "all" ? ["default"] : options.include.filter(isOurs);
  const routesTo = (networks: readonly string[], way: PolicyRoute["way"]): PolicyRoute[] =>
    networks.map((network) => {
      const route = { family, table, network, way, metric: METRICS[way] };
      return way === "device" ? { ...route, device } : route;
    });
  return [
    ...routesTo(killSwitch ? included : [], "unreachable"),
    ...routesTo(options.exclude.filter(isOurs), "throw"),
    ...routesTo(isOpen ? included : [], "device"),
  ];
}
