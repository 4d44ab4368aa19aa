import { wordsOf, writeHeader } from "@florenetes/forwarding";
import type { TransitChange, TransitTable } from "@florenetes/portal-api";
import { describe, expect, test } from "vitest";
import { Identities } from "../../quic-link/identities.ts";
import type { PlaneHood } from "./link-on-plane.ts";
import { SOON } from "./neighbourhood.ts";
import { until, wantLink } from "./tested-link.ts";

/** Adjacency labels of b's links: the first to a, the second to c. */
const LABELS = { a: 20, c: 21 };
const LINKS: readonly TransitChange[] = [
  { operation: "link", key: { peer: "a", tag: "0" }, label: LABELS.a },
  { operation: "link", key: { peer: "c", tag: "0" }, label: LABELS.c },
];
const WAYS: readonly TransitChange[] = [
  { operation: "permit", link: 0, outLink: 1 },
  { operation: "permit", link: 1, outLink: 0 },
];

const isUpStatus = (status: { readonly state: string } | undefined): boolean => status?.state === "up";

/**
 * Packets that b forwards by itself.
 *
 *     a ══════ b ══════ c
 *              └ cluster vertex
 */
export function judgeTransit(hood: PlaneHood): void {
  describe("transit", () => {
    test("packets of all sizes pass both ways, the cluster vertex sees none of them, and all are told of", async () => {
      const { linkB, a, b, c } = await lineWithTable(hood);
      const sizes = [20, 64, 1_388, 1_420, 1_421, 4_200, 16_000];
      for (const [i, size] of sizes.entries()) {
        const [there, back] = [packetOf(LABELS.c, i, size), packetOf(LABELS.a, i, size)];
        expect(a.send("b", there)).toBe(true);
        await until(`${size} bytes at c`, () => c.received.length > i);
        expect(c.received[i]!.packet).toEqual(passed(there, LABELS.a));
        expect(c.send("b", back)).toBe(true);
        await until(`${size} bytes at a`, () => a.received.length > i);
        expect(a.received[i]!.packet).toEqual(passed(back, LABELS.c));
      }
      expect(b.received).toEqual([]);
      const toldOf = () => ({
        links: newest(b.reports.flatMap(({ links }) => links)).map((row) => [
          row.link,
          row.packetsForwarded,
          row.packetsOut,
        ]),
        pairs: newest(b.reports.flatMap(({ pairs }) => pairs)).map((row) => [row.link, row.outLink, row.packetsPassed]),
        labels: newest(b.reports.flatMap(({ labels }) => labels)).map((row) => [row.link, row.label, row.packets]),
      });
      await expect.poll(toldOf, SOON).toEqual({
        links: [
          [0, sizes.length, sizes.length],
          [1, sizes.length, sizes.length],
        ],
        pairs: [
          [0, 1, sizes.length],
          [1, 0, sizes.length],
        ],
        labels: [
          [0, LABELS.a, sizes.length],
          [1, LABELS.c, sizes.length],
        ],
      });
      const { portal } = (await linkB.status()).clusters[0]!;
      expect(portal).toMatchObject({ transitLabels: 2, transitPackets: 2 * sizes.length });
    });

    test("what does not pass through goes up as it came: before there is a table, and where a label means nothing", async () => {
      const { a, b, c } = await line(hood);
      const early = packetOf(LABELS.c, 1, 100);
      a.send("b", early);
      await until("the early one", () => b.received.length === 1);
      b.offerTransit(tableOf([...LINKS, ...WAYS]));
      await until("the table", () => b.isTransitTaken);
      const [other, there] = [packetOf(700, 2, 100), packetOf(LABELS.c, 3, 100)];
      a.send("b", other);
      await until("the other one", () => b.received.length === 2);
      a.send("b", there);
      await until("one that passes", () => c.received.length === 1);
      expect(b.received.map(({ packet }) => packet)).toEqual([early, other]);
    });

    test("another table takes the place of the former: where no way leads on, packets are dropped and told of", async () => {
      const { a, b, c } = await lineWithTable(hood);
      b.offerTransit(tableOf([...LINKS, WAYS[1]!]));
      await until("the table", () => b.isTransitTaken);
      a.send("b", packetOf(LABELS.c, 1, 100));
      const drops = () => b.reports.flatMap(({ links }) => links).flatMap((row) => row.drops);
      await expect.poll(drops, SOON).toContainEqual({ cause: "transitDenied", packets: 1, label: LABELS.c });
      c.send("b", packetOf(LABELS.a, 2, 100));
      await until("the other way", () => a.received.length === 1);
      expect(c.received).toEqual([]);
    });

    test("it goes on over the successor of a link, and packets for one that is down are told of", async () => {
      const { ids, linkC, a, b, c } = await lineWithTable(hood);
      const { handle } = b.status("c")!;
      linkC.installIdentity(ids.issue("c"));
      linkC.hangUp();
      await until("a successor", () => ![0, handle].includes(b.status("c")!.handle) && isUpStatus(c.status("b")));
      const there = packetOf(LABELS.c, 1, 100);
      // A packet may be lost between two sessions.
      const again = setInterval(() => a.send("b", there), 200);
      await until("a packet", () => c.received.length > 0).finally(() => clearInterval(again));
      expect(c.received[0]!.packet).toEqual(passed(there, LABELS.a));
      await linkC.stop();
      await until("down", () => !isUpStatus(b.status("c")));
      a.send("b", packetOf(LABELS.c, 2, 100));
      const refused = () => b.reports.flatMap(({ links }) => links).findLast(({ link }) => link === 1)?.packetsRefused;
      await expect.poll(refused, SOON).toBeGreaterThan(0);
      expect(b.received).toEqual([]);
    });
  });
}

/** Links a–b and b–c that are up, and cluster vertices at each. */
async function line(hood: PlaneHood) {
  const ids = new Identities();
  const start = (name: string) => hood.start([{ cluster: "demo", identity: ids.issue(name) }]);
  const [linkA, linkB, linkC] = await Promise.all([start("a"), start("b"), start("c")]);
  const [a, b, c] = [linkA.vertex("a"), linkB.vertex("b"), linkC.vertex("c")];
  await wantLink(a, b, linkB.endpoint());
  await wantLink(c, b, linkB.endpoint());
  const isUp = (): boolean => [a.status("b"), b.status("a"), b.status("c"), c.status("b")].every(isUpStatus);
  await until("up", isUp);
  return { ids, linkB, linkC, a, b, c };
}

/** A line whose b forwards from a to c and back. */
async function lineWithTable(hood: PlaneHood) {
  const nodes = await line(hood);
  nodes.b.offerTransit(tableOf([...LINKS, ...WAYS]));
  await until("the table", () => nodes.b.isTransitTaken);
  return nodes;
}

function tableOf(changes: readonly TransitChange[]): TransitTable {
  const limits = { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 };
  return { ...limits, size: changes.length, change: (number) => changes[number]! };
}

/** A packet for b, with a label, and with another one behind it. */
function packetOf(label: number, number: number, size: number): Uint8Array {
  const packet = new Uint8Array(size).fill(number);
  writeHeader(packet, 0, 0, number, wordsOf([label, 900]), 32);
  return packet;
}

/** The packet as it leaves, after it came by a link with another adjacency label. */
function passed(packet: Uint8Array, back: number): Uint8Array {
  const left = Uint8Array.from(packet);
  left[1] = 31;
  left[3] = 1;
  left.set([back >> 12, (back >> 4) & 0xff, (back << 4) & 0xff], 12);
  return left;
}

/** The last row of each link, in the order of the links. */
function newest<Row extends { readonly link: number }>(rows: readonly Row[]): Row[] {
  const byLink = new Map(rows.map((row) => [row.link, row]));
  return [...byLink.values()].toSorted((x, y) => x.link - y.link);
}
