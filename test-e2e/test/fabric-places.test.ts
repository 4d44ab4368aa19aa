/*
 *   r ┄┄┄ (the internet) ┄┄┄ g ┄┄┄ c     g has two networks; c is a closed site: it has no route beyond g. All know the seeds r and g, no file has a link
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { askWho, startFileServer } from "../src/services.ts";

interface View {
  readonly links: readonly { readonly peer: string; readonly state: string; readonly endpoint?: string | null }[];
}

const TARGET = 8_080;
const TUNNEL = 18_080;
const CLASSES = ["dns", "interactive", "reliable", "bulk", "droppable"];
/** A node whose addresses all change calls at once, and is back within 10 s on a machine that has time. One that waited to be called was back after 38 s. */
const BACK_MS = 30_000;

describe.skipIf(!isRoot)("nodes in networks of their own", () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-places-"));
  let lab: Lab;
  let fabric: FabricLab;
  let internet: string;

  const namespaceOf = (node: string): string => lab.namespaceOf(node)!;
  const ip = (namespace: string, ...words: string[]): void =>
    void execFileSync("ip", ["-n", namespace, ...words.join(" ").split(" ")]);
  /** Joins two namespaces by a wire: each end with its name and address. */
  const wire = (a: readonly [string, string, string], b: readonly [string, string, string]): void => {
    execFileSync("ip", ["link", "add", a[1], "netns", a[0], "type", "veth", "peer", "name", b[1], "netns", b[0]]);
    for (const [namespace, name, address] of [a, b]) {
      ip(namespace, `addr add ${address}/24 dev ${name}`);
      ip(namespace, `link set ${name} up`);
    }
  };
  const stateOf = async (node: string, peer: string): Promise<string | undefined> =>
    ((await requestAdmin(fabric.doorOf(node), "/view")) as View).links.find((link) => link.peer === peer)?.state;
  const who = (node: string, number = 0): Promise<string> => askWho(lab, node, TUNNEL + number);

  beforeAll(async () => {
    lab = await openLab(
      { cluster: "places", nodes: { r: {}, g: {}, c: {} }, links: [], services: {}, tunnels: [] },
      { mode: "netns" },
    );
    internet = `${namespaceOf("r")}-net`;
    const first = { "seeds-file": join(lab.folder, "first.fact"), "root-file": undefined };
    const door = { "links-max": 8, relay: { classes: CLASSES, rate: "1 Gbit/s" } };
    const allow = ["user/alice"];
    const tunnel = (node: string, number: number, service: string) => {
      return { node, listen: `tcp://127.0.0.1:${TUNNEL + number}`, as: "user/alice", service };
    };
    fabric = FabricLab.prepare(lab, {
      development: true,
      services: {
        web: { allow, targets: { r: `tcp://127.0.0.1:${TARGET}` } },
        inner: { allow, targets: { c: `tcp://127.0.0.1:${TARGET}` } },
      },
      tunnels: [tunnel("c", 0, "web"), tunnel("g", 0, "web"), tunnel("r", 1, "inner")],
      programs: ["r"],
      agents: {
        g: first,
        c: first,
        r: {
          ...first,
          coordinator: { partition: "default" },
          endpoints: [
            { id: "fibre", endpoint: "udp://10.91.1.2:4433", provider: "acme", priority: 1 },
            { id: "lte", endpoint: "udp://10.93.1.2:4433", provider: "globex", priority: 2 },
          ],
        },
      },
      doors: { r: door, g: door, c: { "links-max": 8 } },
    });
    await lab.up();
    execFileSync("ip", ["netns", "add", internet]);
    execFileSync("ip", ["netns", "exec", internet, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    wire([namespaceOf("r"), "wan", "10.91.1.2"], [internet, "r", "10.91.1.1"]);
    wire([namespaceOf("r"), "lte", "10.93.1.2"], [internet, "lte", "10.93.1.1"]);
    wire([namespaceOf("g"), "wan", "10.91.2.2"], [internet, "g", "10.91.2.1"]);
    wire([namespaceOf("g"), "site", "10.91.9.1"], [namespaceOf("c"), "site", "10.91.9.2"]);
    ip(namespaceOf("r"), "route add default via 10.91.1.1");
    ip(namespaceOf("r"), "route add default via 10.93.1.1 metric 9");
    ip(namespaceOf("g"), "route add default via 10.91.2.1");
    const place = (id: string, address: string, reach: "local" | "public") => {
      return { id, endpoint: `udp://${address}:4433`, carrier: "quic", reach, priority: 0, weight: 1 };
    };
    fabric.writeSeeds([
      { node: "r", key: fabric.keyOf("r"), endpoints: [place("net", "10.91.1.2", "public")] },
      {
        node: "g",
        key: fabric.keyOf("g"),
        endpoints: [place("net", "10.91.2.2", "public"), place("site", "10.91.9.1", "local")],
      },
    ]);
    await startFileServer(lab, "r", TARGET);
    await startFileServer(lab, "c", TARGET);
    for (const node of ["r", "g"]) fabric.start(node);
    await fabric.untilReady("r", "g");
    await fabric.publish("r", [
      ...["r", "g"].map((node) => fabric.signNode(node)),
      ...["control-plane", "relay", "route-coordinator"].map((role) => fabric.signRole("r", "cluster", role)),
      fabric.signRole("g", "cluster", "relay"),
      fabric.signService("web", ["r"]),
    ]);
  });
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
    if (internet !== undefined) execFileSync("ip", ["netns", "del", internet]);
    rmSync(folder, { recursive: true, force: true });
  });

  test("seeds link themselves to each other", async () => {
    await expect.poll(() => stateOf("r", "g"), PATIENCE).toBe("up");
    await expect.poll(() => who("g"), PATIENCE).toBe("r");
  });

  test("of a node with lines of two providers one fails, and the other carries, by the same identity", async () => {
    const before = (await fabric.status("r")) as { standing: unknown };
    const start = now();
    ip(namespaceOf("r"), "link set wan down");
    await expect.poll(() => who("g"), PATIENCE).toBe("r");
    process.stdout.write(`r was back over its other line after ${Math.round(now() - start)} ms\n`);
    expect(((await fabric.status("r")) as { standing: unknown }).standing).toEqual(before.standing);
    ip(namespaceOf("r"), "link set wan up");
    ip(namespaceOf("r"), "route add default via 10.91.1.1");
    ip(namespaceOf("r"), "link del lte");
    await expect.poll(() => who("g"), PATIENCE).toBe("r");
  });

  test(
    "a closed site joins through the one neighbour that it reaches, and serves and uses services across it",
    { timeout: 3 * PATIENCE_MS },
    async () => {
      fabric.start("c");
      await fabric.untilReady("c");
      await expect.poll(() => stateOf("c", "g"), PATIENCE).toBe("up");
      const made = await flor(
        "fabric",
        "token",
        "new",
        "--cluster",
        "places",
        "--organization",
        "lab",
        "--partition",
        "default",
        "--json",
      );
      const { token, subject } = JSON.parse(made.stdout) as { token: string; subject: string };
      writeFileSync(join(folder, "token.txt"), token, { mode: 0o600 });
      await fabric.publish("r", [
        fabric.sign("token", subject, { organization: "lab", partition: "default", count: 1 }),
      ]);
      const readers = async (): Promise<string> =>
        JSON.stringify(((await fabric.status("c")) as { mail: unknown }).mail);
      await expect.poll(readers, PATIENCE).toContain('"node":"r"');
      const joined = await flor("fabric", "join", join(folder, "token.txt"), "--agent", fabric.adminOf("c"));
      expect(joined, joined.stderr + joined.stdout).toMatchObject({ code: 0 });
      await fabric.publish("r", [fabric.signService("inner", ["c"])]);
      await expect.poll(() => who("c"), { ...PATIENCE, timeout: 2 * PATIENCE_MS }).toBe("r");
      await expect.poll(() => who("r", 1), PATIENCE).toBe("c");
      expect(await stateOf("c", "r")).not.toBe("up");
    },
  );

  test("a node that was called, and whose addresses all change, calls at once and is back", async () => {
    const before = await fabric.status("r");
    const start = now();
    ip(internet, "addr add 10.92.1.1/24 dev r");
    ip(namespaceOf("r"), "addr flush dev wan");
    ip(namespaceOf("r"), "addr add 10.92.1.2/24 dev wan");
    ip(namespaceOf("r"), "route add default via 10.92.1.1");
    ip(internet, "addr del 10.91.1.1/24 dev r");
    await expect.poll(() => who("g"), PATIENCE).toBe("r");
    const took = now() - start;
    process.stdout.write(`r was back after ${Math.round(took)} ms\n`);
    expect(took).toBeLessThan(BACK_MS);
    const standing = (status: unknown): unknown => (status as { standing: unknown }).standing;
    expect(standing(await fabric.status("r"))).toEqual(standing(before));
  });

  test("so is a node that calls", async () => {
    const start = now();
    ip(namespaceOf("c"), "addr flush dev site");
    ip(namespaceOf("c"), "addr add 10.91.9.77/24 dev site");
    await expect.poll(() => who("c"), PATIENCE).toBe("r");
    const took = now() - start;
    process.stdout.write(`c was back after ${Math.round(took)} ms\n`);
    expect(took).toBeLessThan(BACK_MS);
  });
});
