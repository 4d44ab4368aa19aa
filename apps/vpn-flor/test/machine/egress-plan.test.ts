import { describe, expect, test } from "vitest";
import { egressPlan } from "../../src/machine/egress-plan.ts";
import { askRefused, readRefused } from "../../src/machine/egress-ruleset.ts";
import { EGRESS } from "./fixtures/options.ts";

describe("the counter of refused connections", () => {
  test("is asked for by its table, and read", () => {
    expect(askRefused("exit").args).toEqual(["-j", "list", "counter", "inet", "florenetes-vpn-exit", "refused"]);
    const output = { nftables: [{ metainfo: { version: "1.0.6" } }, { counter: { packets: 7, bytes: 420 } }] };
    expect(readRefused(JSON.stringify(output))).toBe(7);
  });

  test.each(["{}", '{"nftables":[]}', '{"nftables":[{"counter":{"packets":"7"}}]}'])("is unknown in %s", (output) => {
    expect(readRefused(output)).toBe(undefined);
  });
});

describe("the plan of an egress", () => {
  test("has one table of its own, made anew each time", () => {
    expect(egressPlan(EGRESS).up[0]).toEqual({
      program: "nft",
      args: ["-f", "-"],
      input: `table inet florenetes-vpn-exit
delete table inet florenetes-vpn-exit
table inet florenetes-vpn-exit {
  counter refused { }
  set begun4 { type ipv4_addr; size 65536; flags dynamic,timeout; timeout 128s; }
  set open4 { type ipv4_addr; size 65536; flags dynamic; }
  set begun6 { type ipv6_addr; size 65536; flags dynamic,timeout; timeout 128s; }
  set open6 { type ipv6_addr; size 65536; flags dynamic; }
  chain refused {
    counter name refused
    meta l4proto tcp reject with tcp reset
    reject with icmpx admin-prohibited
  }
  chain begin {
    update @begun4 { ip saddr limit rate over 16/second burst 2048 packets } goto refused
    update @begun6 { ip6 saddr limit rate over 16/second burst 2048 packets } goto refused
    add @open4 { ip saddr ct count over 2048 } goto refused
    add @open6 { ip6 saddr ct count over 2048 } goto refused
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "flor-vpn" ct state invalid drop
    oifname "flor-vpn" ct state invalid drop
    iifname != "flor-vpn" oifname "flor-vpn" ct state new drop
    iifname "flor-vpn" ct state new tcp flags & (fin | syn | rst | ack) != syn reject with tcp reset
    iifname "flor-vpn" ct status & confirmed == 0 jump begin
    iifname "flor-vpn" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
    oifname "flor-vpn" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname != "flor-vpn" ip saddr 10.9.0.0/24 masquerade
    oifname != "flor-vpn" ip6 saddr fd00:9::/64 masquerade
  }
}
`,
    });
  });

  test("without NAT tracks nothing and refuses nobody", () => {
    const { input } = egressPlan({ ...EGRESS, nat: false, connections: undefined }).up[0]!;
    expect(input).not.toMatch(/ct |masquerade|nat hook|reject/);
    expect(input).toContain("maxseg");
  });

  test.each([
    [1, 1],
    [128, 1],
    [129, 2],
    [65_536, 512],
  ])("lets a client have %i connections, and begin %i a second", (connections, each) => {
    const { input } = egressPlan({ ...EGRESS, nat: false, connections }).up[0]!;
    expect(input).toContain(`ip saddr limit rate over ${each}/second burst ${connections} packets`);
    expect(input).toContain(`ip6 saddr ct count over ${connections} }`);
    expect(input).not.toMatch(/ct state|masquerade/);
  });

  test("leads to the pools by the device, and nowhere without it", () => {
    const routes = egressPlan(EGRESS).up.filter(({ args }) => args.includes("route"));
    expect(routes.map(({ args }) => args.join(" "))).toEqual([
      "-4 route replace unreachable 10.9.0.0/24 table main metric 4000 protocol 86",
      "-4 route replace 10.9.0.0/24 dev flor-vpn table main metric 10 protocol 86",
      "-6 route replace unreachable fd00:9::/64 table main metric 4000 protocol 86",
      "-6 route replace fd00:9::/64 dev flor-vpn table main metric 10 protocol 86",
    ]);
  });

  test("takes all of it back", () => {
    const { down, up } = egressPlan(EGRESS);
    expect(down.at(-1)!.input).toBe(up[0]!.input!.split("\n").slice(0, 2).join("\n") + "\n");
    const added = up.filter(({ args }) => args.includes("route")).map(({ args }) => args.join(" "));
    const removed = down.filter(({ args }) => args.includes("route")).map(({ args }) => args.join(" "));
    expect(removed).toEqual(added.map((line) => line.replace(" replace ", " delete ")));
  });
});
