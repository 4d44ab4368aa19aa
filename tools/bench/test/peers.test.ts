import { describe, expect, it } from "vitest";
import { writeHaproxyConfig } from "../src/peers/haproxy.ts";
import { writeNebulaConfig } from "../src/peers/nebula.ts";
import { writeYggdrasilConfig } from "../src/peers/yggdrasil.ts";

// The peers themselves read these files when the bench runs: CI does not install them.

describe("haproxy's configuration", () => {
  const common = { last: "d", authority: "/ca.crt", own: "/own.pem" } as const;
  const servers = (config: string): string[] => config.split("\n").filter((line) => line.includes("  server "));

  it("encrypts on a for d, and then once more for b", () => {
    const next = { node: "b", address: "10.78.1.2" } as const;
    const config = writeHaproxyConfig({ node: "a", address: "10.78.1.1", next, ...common });
    expect(servers(config).slice(0, 2)).toEqual([
      "  server next abns@outer-iperf ssl crt /own.pem ca-file /ca.crt verify required verifyhost d",
      "  server next 10.78.1.2:9001 ssl crt /own.pem ca-file /ca.crt verify required verifyhost b",
    ]);
    expect(config).toContain("  bind 127.0.0.1:15201\n");
  });

  it("asks for a certificate on every link, and takes only the outer layer off on b", () => {
    const next = { node: "c", address: "10.78.2.2" } as const;
    const config = writeHaproxyConfig({ node: "b", address: "10.78.1.2", next, ...common });
    expect(config).toContain("  bind 10.78.1.2:9001 ssl crt /own.pem ca-file /ca.crt verify required\n");
    expect(servers(config)).toHaveLength(2);
    expect(config).not.toContain("verifyhost d");
  });

  it("takes both layers off on d", () => {
    const config = writeHaproxyConfig({ node: "d", address: "10.78.3.2", next: undefined, ...common });
    expect(config).toContain("  bind 10.78.3.2:9002 ssl crt /own.pem ca-file /ca.crt verify required\n");
    expect(config).toContain("  bind abns@inner-echo ssl crt /own.pem ca-file /ca.crt verify required\n");
    expect(servers(config).slice(0, 2)).toEqual(["  server next abns@inner-iperf", "  server next 127.0.0.1:5201"]);
  });
});

describe("yggdrasil's configuration", () => {
  it("dials the next node alone, and lets its neighbours alone in", () => {
    const config = JSON.parse(
      writeYggdrasilConfig({
        keys: { PublicKey: "own", PrivateKey: "secret" },
        neighbours: ["left", "right"],
        listen: "tls://10.78.1.2:9001",
        next: "tls://10.78.2.2:9001",
      }),
    ) as Record<string, unknown>;
    expect(config).toMatchObject({
      Peers: ["tls://10.78.2.2:9001"],
      Listen: ["tls://10.78.1.2:9001"],
      AllowedPublicKeys: ["left", "right"],
      MulticastInterfaces: [],
    });
  });

  it("neither listens on the first node nor dials from the last", () => {
    const keys = { PublicKey: "own", PrivateKey: "secret" };
    const config = JSON.parse(
      writeYggdrasilConfig({ keys, neighbours: ["other"], listen: undefined, next: undefined }),
    ) as Record<string, unknown>;
    expect(config).toMatchObject({ Peers: [], Listen: [] });
  });
});

describe("nebula's configuration", () => {
  it.each([
    ["a", "b", { am_relay: false, relays: ["10.79.0.2"] }, { "10.79.0.2": ["10.78.1.2:4242"] }],
    ["b", "b", { am_relay: true, relays: [] }, {}],
    ["a", "d", { am_relay: false, relays: ["10.79.0.4"] }, { "10.79.0.4": ["10.78.1.2:4242"] }],
  ] as const)("makes the hub the relay and the lighthouse: %s, %s", (node, hub, relay, hosts) => {
    const config = JSON.parse(writeNebulaConfig({ node, folder: "/keys", hub, hubAddress: "10.78.1.2" })) as {
      lighthouse: { am_lighthouse: boolean };
    };
    expect(config).toMatchObject({ relay, static_host_map: hosts });
    expect(config.lighthouse.am_lighthouse).toBe(node === hub);
  });
});
