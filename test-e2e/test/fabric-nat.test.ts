/*
 *   r ┄┄┄ (the internet) ┄┄┄ n ┄┄┄ h     n translates the addresses of h, as a router at home does; p wants a service of h, and nobody can call h
 *              ┊
 *              p
 */
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { hasNft, ip, Routers, wire } from "../src/routers.ts";
import { askWho, startFileServer } from "../src/services.ts";

interface View {
  readonly links: readonly {
    readonly peer: string;
    readonly state: string;
    readonly endpoint: string | null;
    readonly seen: string | null;
  }[];
}

const TARGET = 8_080;
const TUNNEL = 18_080;
const CLASSES = ["dns", "interactive", "reliable", "bulk", "droppable"];

// Its seconds are for soaks.
describe.skipIf(!isRoot || !hasNft || !isSoak)("a host behind a router that translates addresses", () => {
  let lab: Lab;
  let fabric: FabricLab;
  let routers: Routers;

  const namespaceOf = (node: string): string => lab.namespaceOf(node)!;
  const linkOf = async (node: string, peer: string): Promise<View["links"][number] | undefined> =>
    ((await requestAdmin(fabric.doorOf(node), "/view")) as View).links.find((link) => link.peer === peer);

  beforeAll(async () => {
    lab = await openLab(
      { cluster: "home", nodes: { r: {}, p: {}, h: {} }, links: [], services: {}, tunnels: [] },
      { mode: "netns" },
    );
    const first = { "seeds-file": `${lab.folder}/first.fact`, "root-file": undefined };
    const place = (id: string, address: string) => ({ id, endpoint: `udp://${address}:4433` });
    fabric = FabricLab.prepare(lab, {
      development: true,
      services: { web: { allow: ["user/alice"], targets: { h: `tcp://127.0.0.1:${TARGET}` } } },
      tunnels: [{ node: "p", listen: `tcp://127.0.0.1:${TUNNEL}`, as: "user/alice", service: "web" }],
      agents: {
        r: { ...first, coordinator: { partition: "default" }, endpoints: [place("net", "10.91.1.2")] },
        p: { ...first, endpoints: [place("net", "10.94.1.2")] },
        h: first,
      },
      doors: {
        r: { "links-max": 8, relay: { classes: CLASSES, rate: "1 Gbit/s" } },
        p: { "links-max": 8 },
        h: { "links-max": 8 },
      },
    });
    for (const node of lab.nodeNames) for (const name of lab.processNames(node)) lab.start(node, name);
    await lab.untilReady();
    routers = new Routers(lab);
    const [internet, home] = [routers.add("net"), routers.add("nat")];
    wire([namespaceOf("r"), "wan", "10.91.1.2"], [internet, "r", "10.91.1.1"]);
    wire([namespaceOf("p"), "wan", "10.94.1.2"], [internet, "p", "10.94.1.1"]);
    wire([home, "wan", "10.95.1.2"], [internet, "home", "10.95.1.1"]);
    wire([namespaceOf("h"), "lan", "192.168.7.2"], [home, "lan", "192.168.7.1"]);
    ip(namespaceOf("r"), "route add default via 10.91.1.1");
    ip(namespaceOf("p"), "route add default via 10.94.1.1");
    ip(namespaceOf("h"), "route add default via 192.168.7.1");
    ip(home, "route add default via 10.95.1.1");
    routers.translate(home);
    fabric.writeSeeds([
      {
        node: "r",
        key: fabric.keyOf("r"),
        endpoints: [{ ...place("net", "10.91.1.2"), carrier: "quic", reach: "public", priority: 0, weight: 1 }],
      },
    ]);
    await startFileServer(lab, "h", TARGET);
    await fabric.up();
    const roles = ["relay", "route-coordinator"].map((role) => fabric.signRole("r", "cluster", role));
    await fabric.publish("r", [...roles, fabric.signService("web", ["h"])]);
  });
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
    routers?.[Symbol.dispose]();
  });

  test(
    "is reached over the link that it has made, and asked by mail to call",
    { timeout: 4 * PATIENCE_MS },
    async () => {
      const start = now();
      await expect.poll(() => linkOf("r", "h"), PATIENCE).toMatchObject({ state: "up" });
      await expect.poll(() => askWho(lab, "p", TUNNEL), PATIENCE).toBe("h");
      process.stdout.write(`a host behind a router answered after ${Math.round(now() - start)} ms\n`);
      // Whoever sees h sees its router, and nobody has called it.
      await expect
        .poll(() => linkOf("p", "h"), { ...PATIENCE, timeout: 2 * PATIENCE_MS })
        .toMatchObject({
          state: "up",
          endpoint: null,
          seen: expect.stringMatching(/^udp:\/\/10\.95\.1\.2:/) as string,
        });
      process.stdout.write(`it had called after ${Math.round(now() - start)} ms\n`);
      expect(await linkOf("h", "p")).toMatchObject({ state: "up", endpoint: "udp://10.94.1.2:4433" });
      expect(await askWho(lab, "p", TUNNEL)).toBe("h");
    },
  );
});
