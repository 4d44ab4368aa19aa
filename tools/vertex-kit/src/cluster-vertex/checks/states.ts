import { encodeMessage } from "@florenetes/portal-api";
import { controlFrame } from "../../bench/frames.ts";
import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import { type LinkSide, newHandle, type Told } from "../link-side.ts";
import { LINKS } from "../node-config.ts";

const SILENCE_MS = 400;
const GENERATION_MAX = 2n ** 64n - 1n;
/** An answer at once comes within this time, and so before the next regular heartbeat. */
const AT_ONCE_MS = 150;
const TRIES = 3;

/** Waits for a heartbeat that acknowledges a generation. */
async function acknowledges(side: LinkSide, generation: bigint): Promise<void> {
  await side.until(`an acknowledgement of ${generation}`, () => {
    return side.all("heartbeat").at(-1)?.body.generation === generation;
  });
}

/** Demands that packets from b for c are thrown away. */
async function isUnused(bench: ClusterBench, what: string): Promise<void> {
  const { one } = bench;
  one.packets = [];
  await one.never(`a packet on ${what}`, SILENCE_MS, () => {
    bench.send("b", "c", 100);
    return one.packets.length > 0;
  });
}

/** Sends something a few times. @returns milliseconds until the fastest answer */
async function fastest(side: LinkSide, send: () => void, isAnswer: () => boolean): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < TRIES; i++) {
    await side.heartbeat();
    side.forget();
    const start = performance.now();
    send();
    await side.until("a heartbeat in answer", isAnswer);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

export const STATE_CHECKS: readonly Check<ClusterBench>[] = [
  check("PC-13", "LinkStates are answered with a heartbeat at once", async ({ one }) => {
    const tell = (): void => void one.tell(LINKS.b, { state: "connecting" });
    const best = await fastest(one, tell, () => one.acknowledged === one.generation);
    demand(best < AT_ONCE_MS, `the fastest of ${TRIES} came after ${best.toFixed(0)} ms`);
  }),
  check("PC-14", "what has a gap before it is taken, and not acknowledged", async (bench) => {
    const { one } = bench;
    one.isRetelling = false;
    await bench.bringUp("b");
    const { generation: known } = one;
    // The message about generation known + 1 is lost.
    const usual = bench.told("b")!.status;
    const late = { ...usual, peer: LINKS.c.peer, tag: LINKS.c.tag, handle: newHandle() };
    one.states.set(`${late.peer} ${late.tag}`, { status: late, generation: known + 2n });
    one.generation = known + 2n;
    one.told = known + 2n;
    one.tellAs(known + 1n, known + 2n, [{ status: late, generation: known + 2n }]);
    await bench.carries("b", "c");
    await one.heartbeat();
    demand(one.acknowledged === known, `${one.acknowledged} is acknowledged, and ${known} was known`);
    one.isRetelling = true;
    await acknowledges(one, known + 2n);
  }),
  check("PC-15", "generations may be as large as 2⁶⁴ - 1", async (bench) => {
    const { one } = bench;
    for (const generation of [2n ** 53n + 1n, 2n ** 63n + 1n, GENERATION_MAX]) {
      one.generation = generation - 1n;
      one.tell(LINKS.b, { state: "connecting" });
      await acknowledges(one, generation);
    }
  }),
  check("PC-16", "a state that comes late is not taken", async (bench) => {
    const { one } = bench;
    await bench.bringUp("b", "c");
    const { generation, status } = bench.told("c")!;
    const down: Told = { status: { ...status, state: "down", handle: 0, mtu: 0 }, generation: generation - 1n };
    one.tellAs(0n, generation, [down]);
    await one.heartbeat();
    await bench.carries("b", "c");
  }),
  check("PC-17", "what is acknowledged was told, and never becomes less", async ({ one, two }) => {
    for (let i = 0; i < 20; i++) {
      one.tell(i % 2 === 0 ? LINKS.b : LINKS.c, { state: i % 3 === 0 ? "down" : "connecting", code: "KIT" });
      if (i % 5 === 4) await one.untilAcknowledged();
    }
    const offence = [...one.offences, ...two.offences].find(({ requirement }) => requirement === "PC-17");
    demand(offence === undefined, offence?.seen ?? "");
  }),
  check("PC-18", "a heartbeat with a generation that is not known is answered with one at once", async ({ one }) => {
    one.isRetelling = false;
    const best = await fastest(
      one,
      () => {
        one.generation++;
        one.told = one.generation;
        one.beat();
      },
      () => one.all("heartbeat").length > 0,
    );
    demand(best < AT_ONCE_MS, `the fastest of ${TRIES} came after ${best.toFixed(0)} ms`);
  }),
  check(
    "PC-19",
    "a state that is not known is down, and an up without a handle or with a small mtu is none",
    async (bench) => {
      const { one } = bench;
      await bench.bringUp("b", "c");
      await bench.carries("b", "c");
      one.tell(LINKS.c, { state: "up", mtu: 1_279 });
      await one.untilAcknowledged();
      await isUnused(bench, "a link with an mtu of 1,279");
      await bench.bringUp("c");
      await bench.carries("b", "c");
      one.tell(LINKS.c, { state: "up", handle: 0 });
      await one.untilAcknowledged();
      await isUnused(bench, "a link without a handle");
      await bench.bringUp("c");
      await bench.carries("b", "c");
      one.isRetelling = false;
      const { instance, attachment } = one;
      const from = one.generation;
      const told = { status: { ...bench.told("c")!.status, handle: newHandle() }, generation: ++one.generation };
      one.told = one.generation;
      const body = { kind: "link-states", from, to: one.generation, links: [told] } as const;
      const bytes = Buffer.from(encodeMessage({ instance, attachment, requestId: 0, body }));
      // Field 2 of LinkState, UP, before field 3, the handle.
      const at = bytes.indexOf(Uint8Array.of(0x10, 0x02, 0x18));
      demand(at > 0, "the kit cannot write such a state");
      bytes[at + 1] = 0x09;
      one.sendFrame(controlFrame(bytes));
      await one.untilAcknowledged();
      await isUnused(bench, "a link in a state that is not known");
    },
  ),
  check("PC-20", "packets go out over links that are up, under the present handle", async (bench) => {
    const { one } = bench;
    await bench.bringUp("b", "c");
    await bench.carries("b", "c");
    one.tell(LINKS.c, { state: "down", code: "SILENT" });
    await one.untilAcknowledged();
    await isUnused(bench, "a link that is down");
    await bench.bringUp("c");
    await bench.carries("b", "c");
  }),
  check("PC-21", "of two links with one handle, packets are those of the newer one", async (bench) => {
    const { one, two } = bench;
    await bench.bringUp("b", "c", "d");
    one.tell(LINKS.c, { state: "up", handle: bench.handle("b") });
    await one.untilAcknowledged();
    await bench.carries("c", "d");
    const { packet } = two.packets.at(-1)!;
    const written = Buffer.from(packet).readUInt32BE(12) >>> 12;
    demand(written === LINKS.c.label, `a packet has the label ${written} for its reverse path`);
  }),
];
