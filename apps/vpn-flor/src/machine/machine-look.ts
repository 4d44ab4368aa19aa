import { type DeviceAddress, familyOf, type Ipv6State, spelledAddress } from "./command.ts";
import { CLIENT_PRIORITIES, type ClientPlanOptions } from "./client-plan.ts";
import type { EgressPlanOptions } from "./egress-plan.ts";
import { trackedMax } from "./egress-ruleset.ts";
import type { FoundRoute, FoundRule } from "./leftovers.ts";
import { VPN_MACHINE_ERRORS, type VpnMachineErrorCode } from "./machine-errors.ts";

/** The machine as it was found. */
export interface MachineFacts {
  readonly addresses: readonly { readonly device: string; readonly address: string }[];
  readonly devices: readonly string[];
  readonly rules: readonly FoundRule[];
  /** The routes of the table that was asked for. */
  readonly routes: readonly FoundRoute[];
  readonly ipv6: Ipv6State;
  readonly forwardsIpv4: boolean;
  readonly forwardsIpv6: boolean;
  /** Whether `nf_conntrack_tcp_loose` is on; undefined where connection tracking is not loaded. */
  readonly isTcpLoose: boolean | undefined;
  /** Connections that connection tracking has room for (`nf_conntrack_max`); undefined where it is not loaded. */
  readonly trackedMax: number | undefined;
  /** Devices with `rp_filter` 1, by themselves or by `all`. */
  readonly strictDevices: readonly string[];
  /** Why systemd-resolved does not answer; undefined: it does, or was not asked. An answer does not say whether it may be told of resolvers. */
  readonly resolverFault: string | undefined;
}

export interface MachineFinding {
  readonly code: VpnMachineErrorCode;
  /** Whether vpn-flor does not work with it; else it works, and not for everybody. */
  readonly isFault: boolean;
  /** A clause that says what was found. */
  readonly message: string;
  readonly advice: string;
}

/** Finds all that stands in a client's way. A device of a vpn-flor that runs counts as taken, too. */
export function clientFindings(facts: MachineFacts, options: ClientPlanOptions): MachineFinding[] {
  const { table, priority, meshUser } = options;
  const protocol = String(options.protocol);
  const foreign = facts.routes.filter((route) => route.protocol !== protocol);
  const last = priority + CLIENT_PRIORITIES - 1;
  const rules = facts.rules.filter(
    (rule) => rule.priority >= priority && rule.priority <= last && rule.protocol !== protocol,
  );
  const priorities = [...new Set(rules.map((rule) => rule.priority))];
  const strict = facts.strictDevices.filter((device) => device !== options.device && device !== "lo");
  return [
    ...sharedFindings(facts, options.device, options.addresses),
    ...when(foreign.length > 0, "ERR_VPN_TABLE_TAKEN", () => {
      return `table ${table} has ${foreign.length} routes that are not vpn-flor's, one to ${foreign[0]!.network}`;
    }),
    ...when(rules.length > 0, "ERR_VPN_PRIORITY_TAKEN", () => {
      return `there are other rules with the priority ${priorities.join(" and ")}`;
    }),
    ...when(meshUser === 0, "ERR_VPN_MESH_USER_ROOT", () => "the mesh's user is root", false),
    ...when(strict.length > 0, "ERR_VPN_RP_FILTER", () => `rp_filter is 1 at ${strict.join(", ")}`, false),
    ...when(
      facts.resolverFault !== undefined,
      "ERR_VPN_RESOLVER",
      () => `systemd-resolved does not answer: ${facts.resolverFault}`,
      false,
    ),
  ];
}

/**
 * Finds all that stands in an egress's way.
 *
 * @param clients how many it takes at a time
 */
export function egressFindings(facts: MachineFacts, options: EgressPlanOptions, clients: number): MachineFinding[] {
  const families = new Set(options.pools.map(familyOf));
  const isStrict = options.nat && facts.isTcpLoose === false;
  return [
    ...sharedFindings(facts, options.device, options.addresses),
    ...when(families.has(4) && !facts.forwardsIpv4, "ERR_VPN_FORWARDING_OFF", () => {
      return "the machine does not forward IPv4 (net.ipv4.ip_forward)";
    }),
    ...when(families.has(6) && !facts.forwardsIpv6, "ERR_VPN_FORWARDING_OFF", () => {
      return "the machine does not forward IPv6 (net.ipv6.conf.all.forwarding)";
    }),
    ...when(isStrict, "ERR_VPN_TCP_STRICT", () => "net.netfilter.nf_conntrack_tcp_loose is 0", false),
    ...trackingFindings(facts, options.connections, clients, families.size),
  ];
}

/** The table of connections is the whole machine's: a full one drops what begins, the packets of the mesh among it. */
function trackingFindings(
  { trackedMax: room }: MachineFacts,
  connections: number | undefined,
  clients: number,
  versions: number,
): MachineFinding[] {
  if (connections === undefined || room === undefined) return [];
  const each = versions * trackedMax(connections);
  return when(
    clients * each > room,
    "ERR_VPN_TRACKING_ROOM",
    () => `${clients} clients of ${each} connections each do not fit into net.netfilter.nf_conntrack_max, ${room}`,
    false,
  );
}

function sharedFindings(facts: MachineFacts, device: string, addresses: readonly DeviceAddress[]): MachineFinding[] {
  const wanted = new Set(addresses.map(({ address }) => spelledAddress(address)));
  const taken = facts.addresses.filter((found) => found.device !== device && wanted.has(spelledAddress(found.address)));
  const wantsIpv6 = addresses.some(({ address }) => familyOf(address) === 6);
  return [
    ...when(facts.devices.includes(device), "ERR_VPN_DEVICE_TAKEN", () => `there is a device ${device} already`),
    ...taken.flatMap((found) =>
      when(true, "ERR_VPN_ADDRESS_TAKEN", () => `${found.address} is an address of ${found.device}`),
    ),
    ...when(
      wantsIpv6 && facts.ipv6 !== "on",
      "ERR_VPN_FAMILY_OFF",
      () => (facts.ipv6 === "off" ? "IPv6 is switched off for new devices" : "the kernel has no IPv6"),
      false,
    ),
  ];
}

function when(
  isSo: boolean,
  code: VpnMachineErrorCode,
  message: () => string,
  isFault: boolean = true,
): MachineFinding[] {
  return isSo ? [{ code, isFault, message: message(), advice: VPN_MACHINE_ERRORS[code].advice }] : [];
}
