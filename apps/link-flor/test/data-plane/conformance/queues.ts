import { setTrafficClass, TRAFFIC_CLASS_NAMES, TrafficClass, wordsOf, writeHeader } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import type { LinkStatusRow } from "../../../src/link-protocol.ts";
import { QUEUE_PACKETS_MAX } from "../../../src/quic-link/limits.ts";
import type { LinkOnPlane, PlaneHood } from "./link-on-plane.ts";
import { SOON, untilUp } from "./neighbourhood.ts";
import { sendUntil, until } from "./tested-link.ts";

const SIZE = 1_000;
/** The rate of the link, in bits per second. */
const RATE = 400_000;
/** Milliseconds of payloads that may leave ahead of the rate, or make up for a moment that was missed. */
const AHEAD_MS = 50;

/** Packets that have to wait: their order, the bounds, and what is said about both. */
export function judgeQueues(hood: PlaneHood): void {
  /** A pair with a link, on which a sends at a limited rate. */
  async function slowPair() {
    const nodes = await hood.pair({ clusterLines: ["udp-payload-max: 1452"] });
    nodes.b.accept("a");
    await until("the acceptor waits", () => nodes.b.status("a") !== undefined);
    nodes.a.open({ peer: "b", tag: "0", role: "originator", endpoint: nodes.linkB.endpoint(), rate: RATE });
    await untilUp(nodes.a, nodes.b);
    return nodes;
  }

  describe("the queue of a link", () => {
    test("sends no faster than its rate, says when it is full, and goes on when the rate is another", async () => {
      const { linkA, linkB, a, b } = await slowPair();
      let wasCongested = false;
      const start = performance.now();
      for (let sent = 0; b.received.length < 40; sent++) {
        expect(sent, "packets").toBeLessThan(20_000);
        a.send("b", packetOf(TrafficClass.bulk, sent));
        wasCongested ||= a.status("b")!.isCongested;
        if (sent % 5 === 0) await new Promise((done) => setTimeout(done, 1));
      }
      const tookMs = performance.now() - start;
      expect(40 * SIZE * 8).toBeLessThan((RATE * (tookMs + AHEAD_MS)) / 1_000);
      expect(wasCongested).toBe(true);
      await expect.poll(() => a.status("b")!.isCongested, SOON).toBe(false);
      const { drops } = await rowOf(linkA);
      expect(drops["queueFull"]! + drops["queueLate"]!).toBeGreaterThan(0);

      a.open({ peer: "b", tag: "0", role: "originator", endpoint: linkB.endpoint() });
      const before = b.received.length;
      for (let sent = 0; b.received.length < before + 2 * QUEUE_PACKETS_MAX; sent++) {
        expect(sent, "packets").toBeLessThan(100_000);
        a.send("b", packetOf(TrafficClass.bulk, sent));
        if (sent % 5 === 0) await new Promise((done) => setTimeout(done, 1));
      }
      expect((await rowOf(linkA)).handle, "the same session").toBe(a.status("b")!.handle);
    });

    test("has interactive packets pass those in bulk, and counts each class", async () => {
      const { linkA, a, b } = await slowPair();
      let bulk = 0;
      for (let i = 0; i < 100; i++) if (a.send("b", packetOf(TrafficClass.bulk, i))) bulk++;
      const send = (): boolean => a.send("b", packetOf(TrafficClass.interactive, 0));
      const hasCome = (): boolean => b.received.some(({ packet }) => classOf(packet) === "interactive");
      const interactive = await sendUntil("the interactive one", send, hasCome);
      expect(b.received.length, "most of the others wait").toBeLessThan(bulk / 2);
      const sums = async () => {
        const { classes } = await rowOf(linkA);
        const sumOf = (counts: LinkStatusRow["classes"]["bulk"]) =>
          counts!.packetsSent + counts!.droppedFull + counts!.droppedLate;
        return { bulk: sumOf(classes.bulk), interactive: sumOf(classes.interactive), dns: sumOf(classes.dns) };
      };
      await expect.poll(sums, SOON).toEqual({ bulk, interactive, dns: 0 });
    });
  });
}

async function rowOf(link: LinkOnPlane): Promise<LinkStatusRow> {
  return (await link.status()).clusters[0]!.links[0]!;
}

function packetOf(trafficClass: TrafficClass, number: number): Uint8Array {
  const packet = new Uint8Array(SIZE);
  writeHeader(packet, 0, 0, number, wordsOf([900]));
  setTrafficClass(packet, 0, trafficClass);
  return packet;
}

function classOf(packet: Uint8Array): string | undefined {
  return TRAFFIC_CLASS_NAMES[(packet[0]! >> 1) & 7];
}
