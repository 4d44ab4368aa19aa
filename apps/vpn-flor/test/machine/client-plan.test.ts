import { describe, expect, test } from "vitest";
import { type ClientPlanOptions, clientPlan } from "../../src/machine/client-plan.ts";
import type { Command } from "../../src/machine/command.ts";
import { CLIENT } from "./fixtures/options.ts";

const typed = (commands: readonly Command[]): string[] =>
  commands.map(({ program, args }) => [program, ...args].join(" "));
const up = (change: Partial<ClientPlanOptions> = {}): string[] => typed(clientPlan({ ...CLIENT, ...change }).up);

describe("the plan of a client", () => {
  test("shuts before it opens, and asks the rules last", () => {
    expect(up({ ipv6: "absent" })).toEqual([
      "ip link set dev flor-vpn mtu 1280 up",
      "ip address flush dev flor-vpn scope global",
      "ip -4 address replace 10.9.0.2/32 dev flor-vpn",
      "ip -4 route replace unreachable default table 51900 metric 4000 protocol 86",
      "ip -4 route replace throw 203.0.113.0/24 table 51900 metric 1 protocol 86",
      "ip -4 route replace default dev flor-vpn table 51900 metric 10 protocol 86",
      "ip -4 rule add priority 5190 uidrange 970-970 lookup main protocol 86",
      "ip -4 rule add priority 5191 uidrange 970-970 unreachable protocol 86",
      "ip -4 rule add priority 5192 lookup main suppress_prefixlength 0 protocol 86",
      "ip -4 rule add priority 5193 lookup 51900 protocol 86",
    ]);
  });

  test.each([
    [["~."], "true"],
    [["~corp.example", "lan.example"], "false"],
    [["lan.example", "~."], "true"],
  ])("has resolvers for the names of %s, and nothing of them elsewhere", (dnsDomains, isDefault) => {
    const plan = clientPlan({ ...CLIENT, dns: ["10.9.0.53", "fd00:9::53"], dnsDomains });
    expect(typed(plan.dns)).toEqual([
      `resolvectl domain flor-vpn ${dnsDomains.join(" ")}`,
      `resolvectl default-route flor-vpn ${isDefault}`,
      "resolvectl dns flor-vpn 10.9.0.53 fd00:9::53",
    ]);
    expect(typed([...plan.hold, ...plan.up, ...plan.down]).join("\n")).not.toContain("resolvectl");
    expect(clientPlan({ ...CLIENT, dns: [], dnsDomains: [] }).dns).toEqual([]);
  });

  test("has the same for IPv6", () => {
    const ofFamily = (family: string): string[] =>
      up({ exclude: [] }).filter((line) => line.startsWith(`ip -${family} ro`) || line.startsWith(`ip -${family} ru`));
    expect(ofFamily("6")).toEqual(ofFamily("4").map((line) => line.replace("-4", "-6")));
    expect(up()).toContain("ip -6 address replace fd00:9::2/128 dev flor-vpn nodad");
  });

  test("where IPv6 is off gives no IPv6 address and no way, and keeps the switch", () => {
    const lines = up({ ipv6: "off" }).filter((line) => line.startsWith("ip -6"));
    expect(lines.filter((line) => line.includes("flor-vpn"))).toEqual([]);
    expect(lines).toContain("ip -6 route replace unreachable default table 51900 metric 4000 protocol 86");
    expect(typed(clientPlan({ ...CLIENT, ipv6: "off" }).hold).join("\n")).not.toMatch(/-6 .*flor-vpn/);
  });

  test.each([true, false])("with a list has only what is in it, with a kill switch or without: %s", (killSwitch) => {
    const include = ["198.51.100.0/24", "2001:db8:1::/48"];
    const routes = up({ include, exclude: [], killSwitch }).filter((line) => line.includes(" route "));
    const shut = [
      "ip -4 route replace unreachable 198.51.100.0/24 table 51900 metric 4000 protocol 86",
      "ip -6 route replace unreachable 2001:db8:1::/48 table 51900 metric 4000 protocol 86",
    ];
    const open = [
      "ip -4 route replace 198.51.100.0/24 dev flor-vpn table 51900 metric 10 protocol 86",
      "ip -6 route replace 2001:db8:1::/48 dev flor-vpn table 51900 metric 10 protocol 86",
    ];
    expect(routes.toSorted()).toEqual([...(killSwitch ? shut : []), ...open].toSorted());
  });

  test("holds without an address, and only for a kill switch", () => {
    const hold = typed(clientPlan({ ...CLIENT, addresses: [] }).hold);
    expect(hold.join("\n")).not.toContain("address");
    for (const family of [4, 6]) {
      expect(hold).toContain(`ip -${family} route replace default dev flor-vpn table 51900 metric 10 protocol 86`);
    }
    expect(clientPlan({ ...CLIENT, killSwitch: false }).hold).toEqual([]);
  });

  test.each([
    [[], true, [4]],
    [[], false, []],
    [CLIENT.addresses.slice(0, 1), true, [4]],
    [CLIENT.addresses.slice(1), true, [4, 6]],
    [CLIENT.addresses.slice(1), false, [6]],
  ])("with the addresses %j and a kill switch (%s) has a way for IPv%j", (addresses, killSwitch, families) => {
    const { routes } = clientPlan({ ...CLIENT, addresses, killSwitch });
    expect(routes.filter(({ way }) => way === "device").map(({ family }) => family)).toEqual(families);
  });

  test("takes back by all selectors what it has added, the last rule first", () => {
    const plan = clientPlan(CLIENT);
    const added = typed(plan.up).filter((line) => line.includes(" rule add "));
    const removed = typed(plan.down).filter((line) => line.includes(" rule delete "));
    expect(removed).toEqual(added.map((line) => line.replace(" add ", " delete ")).toReversed());
    expect(typed(plan.down).slice(-2)).toEqual([
      "ip -4 route flush table 51900 protocol 86",
      "ip -6 route flush table 51900 protocol 86",
    ]);
    expect(plan.down.every(({ settled }) => settled === "absent")).toBe(true);
  });
});
