import { describe, expect, test } from "vitest";
import { readRoutes, readRules } from "../../src/machine/leftovers.ts";
import { clientFindings, egressFindings, type MachineFacts } from "../../src/machine/machine-look.ts";
import type { EgressPlanOptions } from "../../src/machine/egress-plan.ts";
import { CLIENT, EGRESS } from "./fixtures/options.ts";

const CLEAN: MachineFacts = {
  addresses: [{ device: "eth0", address: "192.0.2.1" }],
  devices: ["lo", "eth0"],
  rules: [],
  routes: [],
  ipv6: "on",
  forwardsIpv4: true,
  forwardsIpv6: true,
  isTcpLoose: true,
  trackedMax: 262_144,
  strictDevices: [],
  resolverFault: undefined,
};
const route = (protocol: string): MachineFacts["routes"] =>
  readRoutes(4, CLIENT.table, JSON.stringify([{ dst: "default", dev: "v0", protocol, metric: 10, flags: [] }]));
const rule = (priority: number, protocol: string): MachineFacts["rules"] =>
  readRules(4, JSON.stringify([{ priority, src: "all", table: "254", protocol }]));

const codes = (findings: readonly { code: string; isFault: boolean }[]): string[] =>
  findings.map(({ code, isFault }) => `${code}${isFault ? "" : " (advice)"}`);

describe("a look at a machine", () => {
  test.each<[string, Partial<MachineFacts>, string[]]>([
    ["nothing", {}, []],
    ["a device of the name", { devices: ["flor-vpn"] }, ["ERR_VPN_DEVICE_TAKEN"]],
    ["an address elsewhere", { addresses: [{ device: "e", address: "10.9.0.2" }] }, ["ERR_VPN_ADDRESS_TAKEN"]],
    ["one of IPv6", { addresses: [{ device: "e", address: "fd00:9:0::2" }] }, ["ERR_VPN_ADDRESS_TAKEN"]],
    ["an address of the device itself", { addresses: [{ device: "flor-vpn", address: "10.9.0.2" }] }, []],
    ["a foreign route", { routes: route("4") }, ["ERR_VPN_TABLE_TAKEN"]],
    ["a route without protocol", { routes: route("") }, ["ERR_VPN_TABLE_TAKEN"]],
    ["a route of ours", { routes: route("86") }, []],
    ["a foreign rule at the first priority", { rules: rule(5_190, "4") }, ["ERR_VPN_PRIORITY_TAKEN"]],
    ["at the last", { rules: rule(5_193, "4") }, ["ERR_VPN_PRIORITY_TAKEN"]],
    ["before the first", { rules: rule(5_189, "4") }, []],
    ["behind the last", { rules: rule(5_194, "4") }, []],
    ["a rule of ours", { rules: rule(5_190, "86") }, []],
    ["strict devices", { strictDevices: ["eth0"] }, ["ERR_VPN_RP_FILTER (advice)"]],
    ["strict devices that carry no mesh", { strictDevices: ["lo", "flor-vpn"] }, []],
    ["no resolver that can be told", { resolverFault: "absent" }, ["ERR_VPN_RESOLVER (advice)"]],
    ["no IPv6", { ipv6: "absent" }, ["ERR_VPN_FAMILY_OFF (advice)"]],
    ["no forwarding", { forwardsIpv4: false, forwardsIpv6: false, isTcpLoose: false }, []],
  ])("for a client: %s", (_, change, expected) => {
    expect(codes(clientFindings({ ...CLEAN, ...change }, CLIENT))).toEqual(expected);
  });

  test("for a client whose mesh runs as root", () => {
    expect(codes(clientFindings(CLEAN, { ...CLIENT, meshUser: 0 }))).toEqual(["ERR_VPN_MESH_USER_ROOT (advice)"]);
  });

  test.each<[string, Partial<MachineFacts>, string[]]>([
    ["nothing", {}, []],
    ["no forwarding of IPv4", { forwardsIpv4: false }, ["ERR_VPN_FORWARDING_OFF"]],
    ["no forwarding of IPv6", { forwardsIpv6: false }, ["ERR_VPN_FORWARDING_OFF"]],
    ["strict tracking", { isTcpLoose: false }, ["ERR_VPN_TCP_STRICT (advice)"]],
    ["tracking not loaded", { isTcpLoose: undefined }, []],
    ["what only clients ask for", { routes: route("4"), rules: rule(5_190, "4"), strictDevices: ["eth0"] }, []],
  ])("for an egress: %s", (_, change, expected) => {
    expect(codes(egressFindings({ ...CLEAN, ...change }, EGRESS, 20))).toEqual(expected);
  });

  test("an egress is asked for what it does", () => {
    const facts = { ...CLEAN, forwardsIpv6: false, isTcpLoose: false };
    const options = { ...EGRESS, pools: ["10.9.0.0/24"], nat: false };
    expect(egressFindings(facts, options, 20)).toEqual([]);
  });

  // A client of 2,048 connections makes the kernel know of 6,016, of each version of IP.
  test.each<[string, Partial<EgressPlanOptions>, number, number | undefined, string[]]>([
    ["that fit", {}, 21, 262_144, []],
    ["that do not", {}, 22, 262_144, ["22 clients of 12032 connections each do not fit into .*, 262144"]],
    ["of one version that fit", { pools: ["10.9.0.0/24"] }, 43, 262_144, []],
    ["of one version that do not", { pools: ["fd00:9::/64"] }, 44, 262_144, ["44 clients of 6016 connections"]],
    ["of few connections", { connections: 1 }, 1_000, 244_000, []],
    ["of few connections, too many", { connections: 1 }, 1_000, 243_999, ["1000 clients of 244 connections"]],
    ["that are not counted", { connections: undefined }, 4_096, 1, []],
    ["where tracking is not loaded", {}, 4_096, undefined, []],
  ])("an egress has clients %s", (_, change, clients, trackedMax, expected) => {
    const findings = egressFindings({ ...CLEAN, trackedMax }, { ...EGRESS, ...change }, clients);
    expect(findings.map(({ message }) => message)).toEqual(expected.map((text) => expect.stringMatching(text)));
    expect(codes(findings)).toEqual(expected.map(() => "ERR_VPN_TRACKING_ROOM (advice)"));
  });
});
