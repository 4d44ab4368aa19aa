import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { describe, expect, test } from "vitest";
import type { PlaneHood } from "./link-on-plane.ts";
import { cluster, expectTraffic, SHORT_SILENCE, SOON, troubles, untilUp } from "./neighbourhood.ts";
import { until, untilSettled, wantLink } from "./tested-link.ts";

/** Links come up, carry packets of every size, follow their paths, and end. */
export function judgeLinks(hood: PlaneHood): void {
  judgePairs(hood);
  judgePaths(hood);
  judgeGarbage(hood);
}

function judgePairs(hood: PlaneHood): void {
  describe("two link vertices", () => {
    test("bring a link up and carry packets of every size both ways", async () => {
      const { linkA, linkB, a, b } = await hood.linkedPair();
      expect(a.status("b")?.mtu).toBe(16_384);
      const packets = [1, 2, 100, 1419, 1420, 16_384].map((size, i) => new Uint8Array(size).fill(i + 1));
      for (const [from, name, to] of [
        [a, "b", b],
        [b, "a", a],
      ] as const) {
        for (const [i, packet] of packets.entries()) {
          expect(from.send(name, packet)).toBe(true);
          // On a busy machine, packets that have to wait may be dropped.
          await until(`packet ${i} at ${name}`, () => to.received.length > i);
        }
        expect(to.received.map(({ packet }) => packet)).toEqual(packets);
      }

      await until("statistics", () => (a.stats.get("b/0")?.packetsSent ?? 0) === packets.length);
      // The data thread may tell its counts a little later than it hands on the packets.
      await expect
        .poll(async () => (await linkA.status()).clusters[0]!.links[0], SOON)
        .toMatchObject({
          peer: "b",
          role: "originator",
          state: "up",
          mtu: 16_384,
          packetsSent: 6,
          packetsReceived: 6,
        });
      const [row] = (await linkA.status()).clusters[0]!.links;
      expect(row!.peerValidUntil).toBe((await linkB.status()).clusters[0]!.certificate.notAfter);
      const { handshakes } = (await linkA.status()).clusters[0]!;
      const ups = linkA.log.filter(({ code }) => code === "LINK_UP");
      expect(ups.length).toBeGreaterThan(0);
      // A busy machine may bring an older session up after a newer one: its handshake counts, and the link stays with the newer one.
      expect(ups.length).toBeLessThanOrEqual(handshakes["up"]!);
      const connecting = linkA.log.find(({ code }) => code === "LINK_CONNECTING");
      expect(connecting).toMatchObject({ peer: "b", msg: "link to b is connecting" });
      expect(connecting).not.toHaveProperty("reason");
    });

    test("carry parallel links, told apart by tags", async () => {
      const { linkB, a, b } = await hood.linkedPair();
      await wantLink(a, b, linkB.endpoint(), "fibre");
      await untilUp(a, b, "fibre");
      await expectTraffic(a, b, "fibre");
      expect(b.received[0]!.handle).toBe(b.status("a", "fibre")!.handle);
      a.closeLink({ peer: "b", tag: "0" });
      await until("only one down", () => b.status("a")?.code === "CLOSED");
      await expectTraffic(a, b, "fibre");
    });

    test("have their link replaced by a successor, and lose no packet", async () => {
      const { issue, linkA, a, b } = await hood.linkedPair();
      const former = { a: a.status("b")!.handle, b: b.status("a")!.handle };
      const sent = { a: 0, b: 0 };
      const traffic = setInterval(() => {
        if (a.send("b", randomBytes(200))) sent.a++;
        if (b.send("a", randomBytes(200))) sent.b++;
      }, 2);
      linkA.installIdentity(issue("a"));
      linkA.hangUp();
      await until("a successor", () => isNew(a.status("b"), former.a) && isNew(b.status("a"), former.b));
      await untilUp(a, b);
      const by = sent.a;
      await until("more packets", () => sent.a > by + 50).finally(() => clearInterval(traffic));
      await until("all packets", () => b.received.length === sent.a && a.received.length === sent.b);
      expect(troubles(a, b)).toEqual([]);
    });

    test("speak IPv6", async () => {
      const { a, b } = await hood.linkedPair({ listenHost: "::1" });
      await expectTraffic(a, b);
    });

    test.each([
      { is: "idle", packets: 0, delayMs: 0 },
      { is: "busy, and far away", packets: 500, delayMs: 50 },
    ])("end a link for the neighbour, and say why, when one of them, $is, is told to stop", async (node) => {
      const { packets, delayMs } = node;
      const { linkA, linkB, a, b } = await hood.pair();
      const relay = await hood.relayTo(linkB);
      relay.delayMs = delayMs;
      await wantLink(a, b, relay.endpoint);
      await untilUp(a, b);
      // This many packets fill the congestion window: it has no room for CONNECTION_CLOSE.
      const traffic = setInterval(() => {
        for (let i = 0; i < packets; i++) b.send("a", new Uint8Array(20));
      }, 1);
      await until("traffic", () => a.received.length >= packets);
      const stopped = linkB.stop();
      await until("down", () => linkA.downs("b").length > 0).finally(() => clearInterval(traffic));
      expect(linkA.downs("b")[0], "not SILENT").toBe("STOPPING");
      await stopped;
    });
  });
}

function judgePaths(hood: PlaneHood): void {
  describe("a path", () => {
    test("with a small MTU that tells nobody: the link has that MTU", async () => {
      const { linkB, a, b } = await hood.pair();
      const relay = await hood.relayTo(linkB);
      relay.payloadMax = 1_400;
      await wantLink(a, b, relay.endpoint);
      await untilUp(a, b);
      expect([a.status("b")!.mtu, b.status("a")!.mtu]).toEqual([16_384, 16_384]);
      await expectTraffic(a, b);
    });

    test("that carries no more than the first packet of a connection has: the link is up, and carries all", async () => {
      const { linkB, a, b } = await hood.pair();
      const relay = await hood.relayTo(linkB);
      relay.payloadMax = 1_200;
      await wantLink(a, b, relay.endpoint);
      await untilUp(a, b);
      await expectTraffic(a, b);
    });

    test("whose NAT gives the originator 63 new ports: the link stays up", async () => {
      const { linkB, a, b } = await hood.pair();
      const relay = await hood.relayTo(linkB);
      await wantLink(a, b, relay.endpoint);
      await untilUp(a, b);
      for (let i = 0; i < 63; i++) {
        await relay.rebind();
        await expectTraffic(a, b);
      }
      expect(relay.rebindings).toBe(63);
      expect(troubles(a, b)).toEqual([]);
    });

    test("that is cut: both ends say so, and it comes back by itself", async () => {
      const { linkA, linkB, a, b } = await hood.pair(SHORT_SILENCE);
      const relay = await hood.relayTo(linkB);
      await wantLink(a, b, relay.endpoint);
      await untilUp(a, b);
      await untilSettled(linkA, linkB);
      relay.isCut = true;
      await until("down", () => linkA.downs("b").length > 0 && linkB.downs("a").length > 0);
      expect([linkA.downs("b")[0], linkB.downs("a")[0]]).toEqual(["SILENT", "SILENT"]);
      relay.isCut = false;
      await untilUp(a, b);
      await expectTraffic(a, b);
    });
  });
}

function judgeGarbage(hood: PlaneHood): void {
  test("garbage on UDP and FlorIO is counted and ends nothing", async () => {
    const { linkB, a, b } = await hood.linkedPair();
    const socket = createSocket("udp4");
    const port = linkB.ports.get(cluster)!;
    const sendJunk = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const junk = randomBytes(1 + Math.floor(Math.random() * 1_400));
        if (i % 3 === 0) junk[0] = 0xc0 | (junk[0]! & 0x3f);
        socket.send(junk, port, "127.0.0.1");
      }
    };
    sendJunk(500);
    await expectTraffic(a, b);
    // A socket that is not read for a while holds fewer than 500 datagrams: some are lost there, so more follow.
    const more = setInterval(() => sendJunk(10), 10);
    // The packet's handle is no link's.
    b.sendRaw(12_345, new Uint8Array(100));
    const udpOfB = async () => (await linkB.status()).clusters[0]!.udp;
    const droppedJunk = async (): Promise<number> => {
      const { droppedNotQuic = 0, droppedUnknownConnection = 0, resets = 0 } = await udpOfB();
      return droppedNotQuic + droppedUnknownConnection + resets;
    };
    await expect
      .poll(droppedJunk, SOON)
      .toBeGreaterThan(300)
      .finally(() => clearInterval(more));
    await expect.poll(async () => (await udpOfB())["packetsDroppedNoLink"], SOON).toBe(1);
    socket.close();
    expect(troubles(a, b)).toEqual([]);
  });
}

/** Whether another link is there. In between none is known for a moment. */
function isNew(link: { readonly handle: number } | undefined, former: number): boolean {
  return link !== undefined && link.handle !== former;
}
