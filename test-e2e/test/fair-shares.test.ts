/*
 *   m ─── v ═══ w      lsp:core = m, v, w; the link from v to w has 4 Mbit/s
 *
 *   What comes over m is of two tenants: one has a single connection, the other one a hundred, and each sends 6 Mbit/s. All of it has one in-link and
 *   one class at v. m writes the shares of both before the cursor, as a relay does that knows them; v switches labels, and leaves shares as they are.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { setInterval as every } from "node:timers/promises";
import { wordOf } from "@florenetes/forwarding";
import { openLab } from "@florenetes/meshlab";
import { afterEach, describe, expect, test } from "vitest";
import { MaliciousVertex, meshPacket, shortPacket } from "../src/attackers/malicious-vertex.ts";
import { PATIENCE } from "../src/patience.ts";

const RATE = "4 Mbit/s";
const TENANT_BITS_PER_SECOND = 6_000_000;
const PACKET = 1_200;
const TURN_MS = 4;
const UNKNOWN = 777_777;
const ONE = 1_001;
const HUNDRED = 1_002;
/** Bytes by which the parts are judged: two seconds' worth. */
const ENOUGH = 1_000_000;
/** The least part that the tenant with one connection has, of the half that is his. Without shares he had 0.12 of it. */
const PART_MIN = 0.9;

describe.each([
  ["by its link vertex", true],
  ["by its cluster vertex", false],
])("where the relay forwards %s", (_, isOffloaded) => {
  const ends: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  test("a tenant with one connection has his half of a link beside one with a hundred", async () => {
    const lab = await openLab({
      cluster: "shares",
      nodes: { m: {}, v: {}, w: {} },
      links: [{ between: ["v", "m"] }, { between: ["v", "w"], rate: RATE }],
      lsps: { core: ["m", "v", "w"] },
    });
    ends.push(() => lab.down());
    if (!isOffloaded) appendFileSync(lab.configFile("v", "cluster-flor"), "\ntransit-offload: false\n");
    await lab.up();
    const [m, w] = [await MaliciousVertex.replace(lab, "m"), await MaliciousVertex.replace(lab, "w")];
    ends.push(
      () => m[Symbol.dispose](),
      () => w[Symbol.dispose](),
    );

    const received = new Map<number, number>();
    const bytesOf = (share: number): number => received.get(share) ?? 0;
    w.onPacket = (packet) => {
      const share = wordOf(packet, 0, 0) & 0xfff;
      received.set(share, bytesOf(share) + packet.length);
    };
    const end = new AbortController();
    const sending = send(m, labelFrom(lab.configFile("v", "cluster-flor")), end.signal).catch(() => {});
    ends.push(async () => {
      end.abort();
      await sending;
    });
    const all = (): number => bytesOf(ONE) + bytesOf(HUNDRED);
    // The queue is full before anything is judged.
    await expect.poll(all, PATIENCE).toBeGreaterThan(ENOUGH / 4);
    const [oneBefore, allBefore] = [bytesOf(ONE), all()];
    await expect.poll(() => all() - allBefore, PATIENCE).toBeGreaterThan(ENOUGH);
    const part = (bytesOf(ONE) - oneBefore) / ((all() - allBefore) / 2);
    expect(part).toBeGreaterThan(PART_MIN);
  });
});

/** The label by which packets of m enter the LSP at v. */
function labelFrom(configFile: string): number {
  return Number(/from: \{ link: m, label: (\d+) \}/.exec(readFileSync(configFile, "utf8"))![1]);
}

/** Sends what both tenants send, in turn. */
async function send(m: MaliciousVertex, label: number, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  let sent = 0;
  for await (const _ of every(TURN_MS, undefined, { signal })) {
    const due = ((performance.now() - start) / 1_000) * ((2 * TENANT_BITS_PER_SECOND) / 8 / PACKET);
    // Nothing is made up for a moment in which this process stood still.
    sent = Math.max(sent, Math.floor(due) - 50);
    for (; sent < due; sent++) {
      const connection = sent % 2 === 0 ? 0 : 1 + (((sent - 1) / 2) % 100);
      const packet = meshPacket([1, label, UNKNOWN], shortPacket(PACKET), {
        id: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, connection),
      });
      // The first word has been read, and has the share; the next one is for v.
      new DataView(packet.buffer).setUint32(12, (1 << 12) | (sent % 2 === 0 ? ONE : HUNDRED));
      packet[3] = 1;
      m.send("v", packet);
    }
  }
}
