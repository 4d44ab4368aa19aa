/*
 *   a ───── b ───── c ───── d        b has a valid certificate and no manners: it forwards what it should, so that a's
 *                   │                ping-pong with d goes on, and sends c, d and a what it may not
 *                   e
 *
 *   c has the service vault (carol's), a tunnel of carol's to d, transit between b and d, and a cross-connect between d and e.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { loadCredentials } from "@florenetes/identity";
import { issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MaliciousVertex, changed, firstPacket, meshPacket, shortPacket } from "../src/attackers/malicious-vertex.ts";
import { type Counts, clusterCounts, grown, linkCounts, untilReported } from "../src/counted.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

/** How often each kind of packet is sent. */
const TIMES = 10;
const UNKNOWN = 777_777;
/** The number of half-open connections beyond which a first packet is asked to come again (docs/protocol/transport.md). */
const HALF_OPEN_MAX = 128;
/** The payload looks like a packet of QUIC's by its second bit, and not like a probe. */
const payload = randomBytes(100);
payload[0]! |= 0x40;

/** A path of one size, whose connections keep their ids. */
function still(...hops: string[]): { readonly hops: string[]; readonly mtu: number } {
  return { hops, mtu: 1_280 };
}

describe.skipIf(!isRoot)("a neighbour with a valid certificate", () => {
  let lab: Lab;
  let workload: SteadyWorkload;
  let b: MaliciousVertex;
  /** Labels of c, as its config has them. */
  let toB: number;
  let toD: number;
  let toE: number;
  let vault: number;
  let lspOfD: number;
  /** Labels of d. */
  let steady: number;
  let files: number;
  /** ConnectionId of the ping-pong. */
  let connectionId: Buffer;

  beforeAll(async () => {
    const target = "tcp://127.0.0.1:8080";
    const listen = "tcp://127.0.0.1:18001";
    lab = await openLab(
      {
        cluster: "neighbour",
        nodes: { a: {}, b: {}, c: {}, d: {}, e: {} },
        links: ["a", "c"]
          .map((peer) => ({ between: [peer, "b"] }))
          .concat([{ between: ["c", "d"] }, { between: ["c", "e"] }]),
        lsps: { core: ["d", "c", "e"] },
        services: {
          steady: { node: "d", target, allow: ["user/alice"] },
          files: { node: "d", target, allow: ["user/carol"] },
          vault: { node: "c", target, allow: ["user/carol"] },
          hidden: { node: "e", target, allow: ["user/carol"] },
        },
        tunnels: [
          { node: "a", listen, as: "user/alice", service: "steady", path: still("a", "b", "c", "d") },
          { node: "b", listen, as: "user/mallory", service: "vault", path: still("b", "c") },
          { node: "c", listen, as: "user/carol", service: "files", path: still("c", "d") },
          { node: "d", listen, as: "user/carol", service: "hidden", path: still("d", "lsp:core") },
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    await SteadyService.start(lab, "d", 8080);
    workload = await SteadyWorkload.start(lab, "a", 18_001, ["p"]);
    connectionId = Buffer.from((await clusterCounts(lab, "a")).connections[0]!.id, "hex");
    const label = (node: string, pattern: RegExp): number =>
      Number(pattern.exec(readFileSync(lab.configFile(node, "cluster-flor"), "utf8"))![1]);
    toB = label("c", /peer: b,.*label: (\d+)/);
    toD = label("c", /peer: d,.*label: (\d+)/);
    toE = label("c", /peer: e,.*label: (\d+)/);
    vault = label("c", /vault:\s*\{? ?label: (\d+)/);
    lspOfD = label("c", /link: d, label: (\d+)/);
    steady = label("d", /steady:\s*\{? ?label: (\d+)/);
    files = label("d", /files:\s*\{? ?label: (\d+)/);
  });

  afterAll(async () => {
    workload?.[Symbol.dispose]();
    b?.[Symbol.dispose]();
    await lab?.down();
  });

  test("is, as long as it behaves, refused a service that does not allow it, and gets no connection to it", async () => {
    const { code } = await lab.exec("b", ["curl", "-s", "--max-time", "20", "http://127.0.0.1:18001/"]);
    // The service resets curl after it has connected, or so soon that curl takes the reset for a refused connection.
    expect([7, 56]).toContain(code);
    const { connections, handshakes } = (await clusterCounts(lab, "c")).services.find(({ name }) => name === "vault")!;
    expect(connections.total).toBe(0);
    expect(handshakes["established"]).toBe(0);
    expect(handshakes["NOT_ALLOWED"]).toBeGreaterThan(0);
  });

  test("carries on what passes it when it takes the place of the one that behaved", async () => {
    b = await MaliciousVertex.replace(lab, "b");
    await workload.untilProgress(now());
    const recorded = (): boolean => ["a", "c"].every((peer) => old(peer).length === TIMES);
    await expect.poll(recorded, PATIENCE).toBe(true);
  });

  test("sends c labels that it may not use", async () => {
    const [header, unsound] = [meshPacket([toD, steady], payload), meshPacket([toD, steady], payload)];
    header[0] = 0x20;
    unsound[3] = 2;
    const empty = meshPacket([toD, steady], payload);
    empty[2] = 0;
    const packets: Readonly<Record<string, readonly Uint8Array[]>> = {
      // Transit to e is not permitted, and transit back to b is never permitted.
      transitDenied: [meshPacket([toE, steady], payload), meshPacket([toB, steady], payload)],
      unknownLabel: [
        meshPacket([UNKNOWN], payload),
        // The LSP leads on only for packets from d.
        meshPacket([lspOfD, steady], payload),
        ...[0, 3, 15].map((reserved) => meshPacket([reserved], payload)),
      ],
      operations: [meshPacket([2], payload)],
      labelsLeft: [meshPacket([vault, steady], payload), meshPacket([1, steady], payload)],
      noLabelLeft: [meshPacket([toD], payload)],
      hopLimit: [
        meshPacket([toD, steady], payload, { hopLimit: 1 }),
        meshPacket([toD, steady], payload, { hopLimit: 0 }),
      ],
      tooShort: [new Uint8Array(11).fill(0x10), meshPacket([toD, steady], new Uint8Array(0)).subarray(0, 19)],
      unknownVersion: [header],
      badLabelCount: [empty],
      badCursor: [unsound],
    };
    // Packets that c dropped while b was replaced are counted before.
    await untilReported(lab, "c");
    const before = await drops("c");
    const onward = new Map([
      ["d", await drops("d")],
      ["e", await drops("e")],
    ]);
    for (let i = 0; i < TIMES; i++) for (const packet of Object.values(packets).flat()) b.send("c", packet);
    const expected = Object.fromEntries(Object.entries(packets).map(([cause, { length }]) => [cause, TIMES * length]));
    await expect.poll(async () => grown(before.forwarding, (await drops("c")).forwarding), PATIENCE).toEqual(expected);
    for (const [node, { forwarding }] of onward) {
      expect(grown(forwarding, (await drops(node)).forwarding), `nothing of it came to ${node}`).toEqual({});
    }
    await workload.untilProgress(now());
  });

  test("forges ConnectionIds: of connections that c has, that d has, and that nobody has", async () => {
    const ofCarol = (await clusterCounts(lab, "c")).connections.find(({ direction }) => direction === "originated")!;
    const id = Buffer.from(ofCarol.id, "hex");
    const before = { a: await drops("a"), c: await drops("c"), d: await drops("d") };
    for (let i = 0; i < TIMES; i++) {
      // The packet looks like an answer from d to c, but does not come from d.
      b.send("c", meshPacket([1], shortPacket(80), { id }));
      b.send("c", meshPacket([1], shortPacket(80)));
      b.send("c", meshPacket([vault], shortPacket(80)));
      b.send("c", meshPacket([toD, steady], shortPacket(80), { id: connectionId }));
      b.send("c", meshPacket([toD, files], shortPacket(80), { id: connectionId }));
      b.send("c", meshPacket([toD, steady], shortPacket(80)));
      b.send("a", meshPacket([1], shortPacket(80), { id: connectionId }));
      b.send("a", meshPacket([1], shortPacket(80)));
    }
    await expectGrowth("c", before.c.transport, { unauthenticated: TIMES, unknownConnection: 2 * TIMES });
    await expectGrowth("d", before.d.transport, {
      unauthenticated: TIMES,
      unknownConnection: TIMES,
      wrongService: TIMES,
    });
    await expectGrowth("a", before.a.transport, { unauthenticated: TIMES, unknownConnection: TIMES });
    await workload.untilProgress(now());
  });

  test("replays what has passed, as it was and changed, both ways", async () => {
    const before = { a: await drops("a"), d: await drops("d") };
    for (const peer of ["a", "c"]) {
      const packets = old(peer);
      for (const packet of packets) for (const each of [packet, changed(packet)]) b.send(peer, Uint8Array.from(each));
    }
    await expectGrowth("a", before.a.transport, { unauthenticated: 2 * TIMES });
    await expectGrowth("d", before.d.transport, { unauthenticated: 2 * TIMES });
    await workload.untilProgress(now());
    const { connections } = await clusterCounts(lab, "a");
    expect(
      connections.map(({ id }) => id),
      "the connection is the one of the start",
    ).toContain(connectionId.toString("hex"));
  });

  test("names handles that its link vertex has not given it", async () => {
    const before = await linkCounts(lab, "b");
    for (let i = 0; i < TIMES; i++) b.sendTo(0xdead_0000 + i, meshPacket([vault], payload));
    await expect
      .poll(async () => grown(before.udp, (await linkCounts(lab, "b")).udp)["packetsDroppedNoLink"], PATIENCE)
      .toBe(TIMES);
  });

  test("opens end-to-end connections with its vertex certificate, and with one of another CA of the cluster's name", async () => {
    const vertex = loadCredentials(lab.identityFolder("b", "vertex"));
    const foreignCa = makeAuthority({ cluster: "neighbour" }, new Date());
    const handshakes = async (): Promise<Counts> =>
      (await clusterCounts(lab, "c")).services.find(({ name }) => name === "vault")!.handshakes;
    const before = await handshakes();
    expect(await b.connect("c", [vault], vertex)).toMatchObject({
      kind: "closed",
      cause: "peer",
      isApplication: true,
      code: 0x0a,
      reason: "ERR_IDENTITY_WRONG_KIND",
    });
    const carol = issueIdentity(foreignCa, { kind: "user", name: "carol" }, new Date());
    const trusting = { ...carol, trustBundlePem: vertex.trustBundlePem };
    // The code is 0x100 and a TLS alert: c does not know the CA.
    expect(await b.connect("c", [vault], trusting)).toMatchObject({ cause: "peer", isApplication: false, code: 0x130 });
    await expect
      .poll(async () => grown(before, await handshakes()), PATIENCE)
      .toEqual({ WRONG_PRINCIPAL: 1, HANDSHAKE_REFUSED: 1 });
    expect((await clusterCounts(lab, "c")).services.find(({ name }) => name === "vault")!.connections.total).toBe(0);
  });

  test("begins more connections than anybody may who has not shown where he is", async () => {
    const before = await drops("c");
    const credentials = loadCredentials(lab.identityFolder("b", "vertex"));
    for (let i = 0; i < HALF_OPEN_MAX + TIMES; i++) b.send("c", meshPacket([vault], firstPacket(credentials)));
    const retried = async (): Promise<number | undefined> =>
      grown(before.transport, (await drops("c")).transport)["retried"];
    await expect.poll(retried, PATIENCE).toBe(TIMES);
    const { connections } = await clusterCounts(lab, "c");
    expect(connections.filter(({ state }) => state === "handshaking")).toHaveLength(HALF_OPEN_MAX);
    await workload.untilProgress(now());
  });

  test("has ended nothing", async () => {
    for (const node of ["a", "c", "d", "e"]) {
      const names = lab
        .pids()
        .filter((each) => each.node === node)
        .map(({ process }) => process);
      expect(names.sort()).toEqual(["cluster-flor", "link-flor"]);
    }
    await workload.untilProgress(now());
    expect((await clusterCounts(lab, "c")).services.find(({ name }) => name === "vault")!.connections.total).toBe(0);
  });

  /** Copies of packets that b has passed on to a neighbour. */
  function old(peer: string): readonly Uint8Array[] {
    const passed = b.recorded.filter(({ to }) => to === peer).slice(-TIMES);
    return passed.map(({ bytes }) => Uint8Array.from(bytes));
  }

  async function drops(node: string) {
    return (await clusterCounts(lab, node)).drops;
  }

  /** Expects the counts to grow by exactly this; but ends repeat packets of their own now and then, which count as unauthentic. */
  async function expectGrowth(node: string, before: Counts, expected: Counts & { unauthenticated: number }) {
    const growth = async (): Promise<Counts> => {
      const all = grown(before, (await drops(node)).transport);
      return { ...all, unauthenticated: Math.min(all["unauthenticated"] ?? 0, expected.unauthenticated) };
    };
    await expect.poll(growth, { ...PATIENCE, message: `drops of ${node}` }).toEqual(expected);
  }
});
