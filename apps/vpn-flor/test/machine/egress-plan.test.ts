import { describe, expect, test } from "vitest";
import { egressPlan } from "../../src/machine/egress-plan.ts";
import { EGRESS } from "./fixtures/options.ts";

describe("the plan of an egress", () => {
  test("has one table of its own, made anew each time", () => {
    expect(egressPlan(EGRESS).up[0]).toEqual({
      program: "nft",
      args: ["-f", "-"],
      input: `table inet florenetes-vpn-exit
delete table inet florenetes-vpn-exit
table inet florenetes-vpn-exit {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "flor-vpn" ct state invalid drop
    oifname "flor-vpn" ct state invalid drop
    iifname != "flor-vpn" oifname "flor-vpn" ct state new drop
    iifname "flor-vpn" ct state new tcp flags & (fin | syn | rst | ack) != syn reject with tcp reset
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
    const { input } = egressPlan({ ...EGRESS, nat: false }).up[0]!;
    expect(input).not.toMatch(/ct state|masquerade|nat hook/);
    expect(input).toContain("maxseg");
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
