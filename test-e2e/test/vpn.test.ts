/*
 *   u ┄┄ a ═════ b ═════ c ┄┄ w      a reaches the world w over the egress c, and nothing of it leaves by the uplink u
 */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connectSession, type StreamError } from "@florenetes/data-session/workload";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dashboardRows, unansweredBy, VPN_ROW } from "../src/dashboard-rows.ts";
import { fileDigest } from "../src/file-contents.ts";
import { areInstalled } from "../src/installed.ts";
import { MetricsBridge } from "../src/metrics-bridge.ts";
import type { OwnProcess } from "../src/own-process.ts";
import { PATIENCE } from "../src/patience.ts";
import { Prometheus } from "../src/prometheus.ts";
import { MEGABYTE } from "../src/services.ts";
import { lackOfVpn, WORLD } from "@florenetes/meshlab";
import { VpnGround } from "../src/vpn-ground.ts";

/** Codes of docs/protocol/transport.md. */
const MALFORMED = 0x07;
const OVER_BUDGET = 0x08;
/** Link-local addresses of the lab's wires come a second after them. */
const LINK_LOCAL = /^(?:local|anycast) fe80::.*\n/gm;
/** The words of curl about a connection that was refused, rather than given up after curl's own time. */
const REFUSED = /^curl: \(7\) Failed to connect/;
/** The longest time from the moment at which the world falls silent to the end of a client's session. */
const WORLD_SILENT_MS = 10_000;
const OWN_OF_C = "198.51.100.1";

const missing = lackOfVpn();
if (missing !== undefined) process.stderr.write(`left out: a VPN between real programs (${missing})\n`);

describe.skipIf(missing !== undefined)("a VPN", () => {
  let ground: VpnGround;
  let client: OwnProcess;
  let egress: OwnProcess;
  /** The rules, routes, devices and nftables of a node's machine. */
  const machineOf = (node: string): string[] =>
    [
      ["ip", "rule"],
      ["ip", "-6", "rule"],
      ["ip", "route", "show", "table", "all"],
      ["ip", "-6", "route", "show", "table", "all"],
      ["ip", "-o", "link"],
      ["nft", "list", "ruleset"],
    ].map((argv) => ground.run(node, ...argv).replaceAll(LINK_LOCAL, ""));
  let before: readonly string[][];
  let leakedBefore: number;

  const startClient = (): OwnProcess =>
    ground.start("a", `up: { pool: main, session: ${ground.folder}/alice.sock, mesh-user: 0 }`);
  const startEgress = (clients = 100): OwnProcess =>
    ground.start(
      "c",
      `egress: { pool: main, clients: ${clients}, listen: egress.sock, addresses: [100.64.0.0/16, "fd00:f10::/64"], networks: all, deny: [203.0.113.0/24], connections: 512, probe: ["198.51.100.10:80", "[2001:db8:77::10]:80"] }`,
    );
  const untilUp = () =>
    expect.poll(async () => (await ground.status("a").catch(() => undefined))?.up.isUp, PATIENCE).toBe(true);
  const who = async (address: string = WORLD.v4): Promise<string> => {
    const host = address.includes(":") ? `[${address}]` : address;
    const { stdout, stderr } = await ground.curl(`http://${host}/who`);
    return stdout === "" ? stderr.trim() : stdout.trim();
  };

  beforeAll(async () => {
    ground = await VpnGround.open();
    before = ["a", "c"].map(machineOf);
  });
  afterAll(() => ground?.[Symbol.asyncDispose]());

  test("without it, packets for the world leave by the uplink", async () => {
    const { code } = await ground.curl(`http://${WORLD.v4}/who`, "--max-time", "1");
    expect(code).not.toBe(0);
    leakedBefore = ground.leaks();
    expect(leakedBefore).toBeGreaterThan(0);
  });

  test("leads to the world behind its egress, by IPv4 and IPv6", async () => {
    egress = startEgress();
    client = startClient();
    await untilUp();
    expect([await who(WORLD.v4), await who(WORLD.v6)]).toEqual([`world ${WORLD.v4}`, `world ${WORLD.v6}`]);
    expect((await ground.status("a")).findings).toEqual([]);
  });

  test("tells a client its pools, and an egress that it has none", async () => {
    expect(await ground.pools("a")).toMatchObject({ code: 0, stdout: "main\n" });
    expect((await ground.pools("c")).stderr).toContain("ERR_VPN_NO_CLIENT");
  });

  test("carries a download whole, as bulk, in the size that goes in one piece", async () => {
    const size = 40 * MEGABYTE;
    const script = `curl --silent --show-error --max-time 60 'http://${WORLD.v4}/file?size=${size}' | sha256sum`;
    const { stdout } = await ground.asUser("sh", "-c", script);
    expect(stdout.split(" ")[0]).toBe(fileDigest(size));
    const { up } = await ground.status("a");
    const bytesOf = (name: string): number =>
      up.shards.filter((shard) => shard.class === name).reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
    expect(bytesOf("bulk")).toBeGreaterThan(MEGABYTE);
    expect(up.mtu).toBeGreaterThanOrEqual(1_280);
    const mtuOf = (): string => ground.run("a", "cat", "/sys/class/net/flor0/mtu").trim();
    await expect.poll(mtuOf, PATIENCE).toBe(String(up.mtu));
  });

  test("takes other classes with a reload, for connections to come and in its open session", async () => {
    const sentAs = async (name: string): Promise<number> =>
      (await ground.status("a")).up.shards
        .filter((shard) => shard.class === name)
        .reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    expect(await sentAs("droppable")).toBe(0);
    appendFileSync(join(ground.folder, "vpn-a.yaml"), "classes: { ports: { 80: droppable } }\n");
    client.signal("SIGHUP");
    await expect
      .poll(async () => [await who(), await sentAs("droppable")], PATIENCE)
      .toEqual([`world ${WORLD.v4}`, expect.toSatisfy((bytes: number) => bytes > 100)]);
    expect((await ground.status("a")).up.sessions.up).toBe(1);
  });

  test("tells programs at once what the egress does not let through", async () => {
    for (const address of [OWN_OF_C, "203.0.113.9", "169.254.169.254"]) {
      expect(await who(address)).toMatch(REFUSED);
    }
    expect((await ground.status("c")).egress.drops["forbidden"]).toBeGreaterThan(2);
  });

  test("goes on for one client while another spoofs, floods, and says what is no capsule", async () => {
    const session = await connectSession(join(ground.folder, "mallory.sock"), { name: "mallory" });
    const stream = await session.open("vpn-egress.main", { class: "interactive" });
    const ended = new Promise<StreamError>((done) => stream.on("error", (error) => done(error as StreamError)));
    stream.resume();
    await expect.poll(async () => (await ground.status("c")).egress.clients, PATIENCE).toBe(2);
    const flow = await session.openFlow("vpn-egress.main", { class: "bulk" });
    const spoofed = Buffer.from("0045000014000000004011000064400001c6336401", "hex");
    const dropsOf = async (cause: string): Promise<number> => (await ground.status("c")).egress.drops[cause] ?? 0;
    await expect
      .poll(
        async () => {
          for (let count = 0; count < 50; count++) {
            flow.send(spoofed);
            flow.send(Buffer.of(0, 1, 2));
            flow.send(Buffer.alloc(0));
          }
          return [await dropsOf("source"), await dropsOf("version"), await dropsOf("context")].every(
            (drops) => drops > 500,
          );
        },
        { ...PATIENCE, interval: 20 },
      )
      .toBe(true);
    expect(await who()).toBe(`world ${WORLD.v4}`);
    // ADDRESS_REQUEST without an address.
    stream.write(Buffer.of(2, 0));
    expect(await ended).toMatchObject({ code: MALFORMED });
    await expect.poll(async () => (await ground.status("c")).egress.clients, PATIENCE).toBe(1);
    await session.close();
    expect(await who()).toBe(`world ${WORLD.v4}`);
  });

  test("keeps its addresses when the egress dies and comes back", async () => {
    const { addresses } = (await ground.status("a")).up;
    egress.signal("SIGKILL");
    await egress.ended;
    await expect.poll(async () => (await ground.status("a")).up.isUp, PATIENCE).toBe(false);
    egress = startEgress(1);
    await untilUp();
    const { up } = await ground.status("a");
    expect(up.addresses).toEqual(addresses);
    expect(up.recovery.count).toBeGreaterThan(0);
    expect(await who()).toBe(`world ${WORLD.v4}`);
  });

  test("has no place for more clients than its egress may have", async () => {
    const session = await connectSession(join(ground.folder, "mallory.sock"), { name: "mallory" });
    const stream = await session.open("vpn-egress.main", { class: "interactive" });
    const refused = new Promise<StreamError>((done) => stream.on("error", (error) => done(error as StreamError)));
    stream.resume();
    expect(await refused).toMatchObject({ code: OVER_BUDGET });
    await session.close();
  });

  test.skipIf(!areInstalled("the dashboard's row of VPNs", "prometheus"))(
    "has data for each query of the dashboard's row",
    async () => {
      using client = await MetricsBridge.open(join(ground.folder, "vpn-a.sock"));
      using egress = await MetricsBridge.open(join(ground.folder, "vpn-c.sock"));
      await using prometheus = await Prometheus.start({ florenetes: { ports: [client.port, egress.port] } });
      expect(await who(OWN_OF_C)).toMatch(REFUSED);
      const queries = dashboardRows()[VPN_ROW]!;
      expect(queries.length).toBeGreaterThan(10);
      await expect.poll(unansweredBy(prometheus, queries), PATIENCE).toEqual([]);
    },
  );

  test("ends its session when the world behind its egress is silent, says why, and is back with the world", async () => {
    const endsOf = async (): Promise<number> => (await ground.status("a")).up.sessions.ended["TARGET_DOWN"] ?? 0;
    const ends = await endsOf();
    const since = performance.now();
    ground.ip("w", "link set to-c down");
    await expect.poll(endsOf, PATIENCE).toBeGreaterThan(ends);
    expect(performance.now() - since).toBeLessThan(WORLD_SILENT_MS);
    const { egress: exit, findings } = await ground.status("c");
    expect(exit).toMatchObject({ clients: 0, world: { isThere: false, losses: 1 }, sessions: { ended: { WORLD: 1 } } });
    expect(findings.map(({ text }) => text)).toEqual([expect.stringMatching(/takes no clients: .*`egress.probe`/)]);
    expect(egress.hasLogged("VPN_WORLD_SILENT")).toBe(true);
    expect((await ground.status("a")).up.isUp).toBe(false);
    // An egress that starts meanwhile has lost nothing.
    egress.signal("SIGKILL");
    await egress.ended;
    egress = startEgress();
    await expect.poll(() => egress.hasLogged("VPN_WORLD_ABSENT"), PATIENCE).toBe(true);
    expect(egress.hasLogged("VPN_WORLD_SILENT")).toBe(false);
    expect((await ground.status("c")).egress.world).toMatchObject({ isThere: false, losses: 0 });
    ground.ip("w", "link set to-c up");
    // IPv6 addresses of a device go with it.
    ground.ip("w", `addr replace ${WORLD.v6}/64 dev to-c nodad`);
    await untilUp();
    expect(await who()).toBe(`world ${WORLD.v4}`);
    expect((await ground.status("c")).findings).toEqual([]);
  });

  test.each([
    ["is killed", () => client.signal("SIGKILL")],
    ["loses its device", () => ground.ip("a", "link delete flor0")],
  ])("stays shut when the client %s, until it is started again", async (_, end) => {
    end();
    await client.ended;
    expect([await who(WORLD.v4), await who(WORLD.v6)]).toEqual([
      expect.stringMatching(REFUSED),
      expect.stringMatching(REFUSED),
    ]);
    client = startClient();
    await untilUp();
    expect([await who(WORLD.v4), await who(WORLD.v6)]).toEqual([`world ${WORLD.v4}`, `world ${WORLD.v6}`]);
  });

  test("has let nothing out by the uplink in all that time", () => {
    expect(ground.leaks()).toBe(leakedBefore);
  });

  // The kernel sends as root what sockets still say that their program has closed, and here that is the mesh's user, whose packets leave by the uplink:
  // so this comes behind what is said of the uplink.
  test("refuses at once what a client begins beyond its connections, and counts it", async () => {
    const script = `open=0; for each in $(seq 700); do { exec {fd}<>/dev/tcp/${WORLD.v4}/80; } 2>&1 && open=$((open + 1)); done; echo open $open`;
    const { stdout } = await ground.asUser("bash", "-c", script);
    const open = Number(/^open (\d+)$/m.exec(stdout)![1]);
    expect(open).toBeGreaterThan(256);
    expect(open).toBeLessThanOrEqual(512);
    // Bash says so twice.
    expect(stdout.match(/: Connection refused$/gm)).toHaveLength(2 * (700 - open));
    const refusedOf = async (): Promise<number | undefined> => (await ground.status("c")).egress.drops["connections"];
    await expect.poll(refusedOf, PATIENCE).toBeGreaterThanOrEqual(700 - open);
  });

  test("is in the access log of its egress: its session as a stream, and flows with the bytes of packets", () => {
    const records = readFileSync(ground.accessLog, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const ofAlice = records.filter(({ principal }) => principal === "user/alice");
    const common = { side: "acceptor", service: "vpn-egress.main", refused: false };
    expect(ofAlice).toContainEqual(
      expect.objectContaining({ ...common, kind: "stream", class: "interactive", end: "TARGET_DOWN" }),
    );
    const bulk = ofAlice.filter((record) => record["kind"] === "flow" && record["class"] === "bulk");
    expect(bulk).toContainEqual(expect.objectContaining(common));
    expect(Math.max(...bulk.map(({ sent }) => sent as number))).toBeGreaterThan(MEGABYTE);
  });

  test("leaves nothing behind when it is stopped, nor by `down` when it was killed", async () => {
    const doneOf = async (): Promise<number> => (await ground.status("c")).egress.sessions.ended["DONE"] ?? 0;
    const done = await doneOf();
    expect(await client.endBy("SIGTERM")).toMatchObject({ code: 0, signal: null });
    await expect.poll(doneOf, PATIENCE).toBe(done + 1);
    expect(await egress.endBy("SIGTERM")).toMatchObject({ code: 0, signal: null });
    expect(["a", "c"].map(machineOf)).toEqual(before);

    for (const [node, killed] of [
      ["a", startClient()],
      ["c", startEgress()],
    ] as const) {
      await expect.poll(() => killed.hasLogged("READY"), PATIENCE).toBe(true);
      killed.signal("SIGKILL");
      await killed.ended;
      expect(machineOf(node)).not.toEqual(before[node === "a" ? 0 : 1]);
      expect(await ground.down(node)).toMatchObject({ code: 0, stdout: "ok\n" });
      expect(machineOf(node)).toEqual(before[node === "a" ? 0 : 1]);
    }
  });
});
