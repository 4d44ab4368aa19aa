/*
 *   a ═════ b        the link runs through a WireGuard tunnel: its endpoint is an address of the tunnel
 */
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedConfig } from "../src/changed-config.ts";
import { fileDigest } from "../src/file-contents.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { downloadDigest, MEGABYTE, startFileServer } from "../src/services.ts";
import { hasWireGuard, WireGuard } from "../src/wireguard.ts";

const TUNNEL_PORT = 18_080;
const SERVICE_PORT = 8_080;
const WIREGUARD_PORT = 51_820;
/** The MTU that WireGuard has by default on wires of 1,500 bytes. */
const MTU = 1_420;
const IP_AND_UDP_HEADERS = 28;

describe.skipIf(!isRoot || !hasWireGuard("a link through WireGuard"))("a link through WireGuard", () => {
  let lab: Lab;
  let wireGuard: WireGuard;

  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "wg",
        nodes: { a: {}, b: {} },
        links: [{ between: ["a", "b"] }],
        services: { files: { node: "b", target: `tcp://127.0.0.1:${SERVICE_PORT}`, allow: ["user/alice"] } },
        tunnels: [
          { node: "a", listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: "user/alice", service: "files", path: ["a", "b"] },
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    wireGuard = new WireGuard(lab);
  });

  afterAll(async () => {
    await lab?.down();
    wireGuard?.[Symbol.dispose]();
  });

  test("comes up with the size that the tunnel carries, and what it carries is in the tunnel", async () => {
    const config = new ChangedConfig(lab, "a");
    const outside = config.find(/endpoint: "?udp:\/\/([\d.]+):/);
    const ends = [
      { node: "a", address: "192.0.2.1" },
      { node: "b", address: "192.0.2.2", port: WIREGUARD_PORT },
    ] as const;
    await wireGuard.raise(...ends, `${outside}:${WIREGUARD_PORT}`, MTU);
    config.write({}, (text) => text.replace(`udp://${outside}:`, "udp://192.0.2.2:"));
    await config.reload();

    const seen = async (): Promise<unknown> => {
      const { linkFlor } = await lab.status("a");
      const [link] = linkFlor!.clusters[0]!.links as unknown as {
        state: string;
        peerAddress: unknown;
        udpPayload: number;
      }[];
      return { state: link!.state, peerAddress: link!.peerAddress, udpPayload: link!.udpPayload };
    };
    const whole = { state: "up", peerAddress: expect.stringContaining("192.0.2.2") as unknown };
    await expect.poll(seen, PATIENCE).toMatchObject({ ...whole, udpPayload: MTU - IP_AND_UDP_HEADERS });

    const size = 8 * MEGABYTE;
    await startFileServer(lab, "b", SERVICE_PORT, "through WireGuard");
    expect(await downloadDigest(lab, "a", TUNNEL_PORT, size)).toBe(fileDigest(size));
    expect(await wireGuard.bytesOf("a")).toBeGreaterThan(size);
  });
});
