import { describe, expect, it } from "vitest";
import { haproxyConfig } from "../src/peers/haproxy.ts";
import { nebulaConfig } from "../src/peers/nebula.ts";
import { yggdrasilConfig } from "../src/peers/yggdrasil.ts";

// The peers themselves read these files when the bench runs: CI does not install them.

describe("haproxy's configuration", () => {
  const own = (node: string): string => `ssl crt /keys/${node}.pem ca-file /keys/ca.crt verify required`;
  const servers = (config: string): string[] => config.split("\n").filter((line) => line.includes("  server "));

  it("encrypts on a for d, and then once more for b", () => {
    const next = { node: "b", address: "10.78.1.2" } as const;
    const config = haproxyConfig({ node: "a", address: "10.78.1.1" }, next, "/keys");
    expect(servers(config).slice(0, 2)).toEqual([
      `  server next abns@outer-iperf ${own("a")} verifyhost d`,
      `  server next 10.78.1.2:9001 ${own("a")} verifyhost b`,
    ]);
    expect(config).toContain("  bind 127.0.0.1:15201\n");
  });

  it("asks for a certificate on every link, and takes only the outer layer off on b", () => {
    const next = { node: "c", address: "10.78.2.2" } as const;
    const config = haproxyConfig({ node: "b", address: "10.78.1.2" }, next, "/keys");
    expect(config).toContain(`  bind 10.78.1.2:9001 ${own("b")}\n`);
    expect(servers(config)).toHaveLength(2);
    expect(config).not.toContain("verifyhost d");
  });

  it("takes both layers off on d", () => {
    const config = haproxyConfig({ node: "d", address: "10.78.3.2" }, undefined, "/keys");
    expect(config).toContain(`  bind 10.78.3.2:9002 ${own("d")}\n`);
    expect(config).toContain(`  bind abns@inner-echo ${own("d")}\n`);
    expect(servers(config).slice(0, 2)).toEqual(["  server next abns@inner-iperf", "  server next 127.0.0.1:5201"]);
  });
});

describe("yggdrasil's configuration", () => {
  const keys = { PublicKey: "own", PrivateKey: "secret" };
  const configOf = (listen?: string, next?: string): unknown =>
    JSON.parse(yggdrasilConfig(keys, ["left", "right"], listen, next));

  it("dials the next node alone, and lets its neighbours alone in", () => {
    expect(configOf("tls://10.78.1.2:9001", "tls://10.78.2.2:9001")).toMatchObject({
      Peers: ["tls://10.78.2.2:9001"],
      Listen: ["tls://10.78.1.2:9001"],
      AllowedPublicKeys: ["left", "right"],
      MulticastInterfaces: [],
    });
  });

  it("neither listens on the first node nor dials from the last", () => {
    expect(configOf()).toMatchObject({ Peers: [], Listen: [] });
  });
});

describe("nebula's configuration", () => {
  it.each([
    ["a", { "10.79.0.2": "10.78.1.2:4242" }, { am_relay: false, relays: ["10.79.0.2"] }],
    ["b", {}, { am_relay: true, relays: [] }],
    [
      "a",
      { "10.79.0.2": "10.78.1.2:4242", "10.79.0.3": "10.78.2.2:4242" },
      { am_relay: false, relays: ["10.79.0.2", "10.79.0.3"] },
    ],
  ] as const)("makes the hubs relays and lighthouses: %s, %o", (node, endpoints, relay) => {
    const config = JSON.parse(nebulaConfig(node, "/keys", endpoints)) as {
      lighthouse: { am_lighthouse: boolean };
    };
    const hosts = Object.fromEntries(Object.entries(endpoints).map(([hub, endpoint]) => [hub, [endpoint]]));
    expect(config).toMatchObject({ relay, static_host_map: hosts });
    expect(config.lighthouse.am_lighthouse).toBe(Object.keys(endpoints).length === 0);
  });

  it("leads to networks behind other nodes", () => {
    const route = { route: "198.51.100.0/24", via: "10.79.0.4" };
    expect(JSON.parse(nebulaConfig("a", "/keys", {}, [route]))).toMatchObject({ tun: { unsafe_routes: [route] } });
  });
});
