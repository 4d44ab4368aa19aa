import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { LinkBench, BenchLink } from "../link-bench.ts";
import type { ClusterSide } from "../cluster-side.ts";
import { badFrames } from "../../bench/bad-frames.ts";
import { dataFrame, sizesThatFill } from "../../bench/frames.ts";
import { check, type Check, checkAlone } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";
import { carries } from "./lives.ts";

const FRAME_SIZE_MAX = 65_000;
const SILENCE_MS = 400;
/** Bytes that the medium carries for one small packet: the packet, and a frame of the link protocol that is just leaving. */
const ALONE_BYTES = 300;
/** A link's `rate` that shows within a second. Packets are sent at four times that rate. A slower medium has its own rate. */
const RATE = 2_000_000;
const RATE_PACKET = 1_000;
const RATE_MS = 2_000;
const TIMES_RATE = 4;
/** The burst of a pacer, which may leave at once before the rate shows: packets, or seconds of the rate. */
const RATE_BURST_PACKETS = 4;
const RATE_BURST_S = 0.256;

/** Packets that fill a frame to its last byte. */
export function fullFrame(size: number): Uint8Array[] {
  return sizesThatFill(size).map((packetSize) => randomBytes(packetSize));
}

function hasHeard(side: ClusterSide, packet: Uint8Array): boolean {
  return side.packets.some((heard) => Buffer.compare(packet, heard.packet) === 0);
}

/** Both directions of a link: the sender and its handle, the receiver and its handle. */
function directions(
  { a, b }: LinkBench,
  link: BenchLink,
): { from: ClusterSide; to: ClusterSide; out: number; in: number }[] {
  return [
    { from: a, to: b, out: link.a.handle, in: link.b.handle },
    { from: b, to: a, out: link.b.handle, in: link.a.handle },
  ];
}

export const PACKET_CHECKS: readonly Check<LinkBench>[] = [
  check("FI-1", "its frames are well made", async (bench) => {
    await carries(bench, await bench.link());
    const offence = bench.sides.flatMap(({ offences }) => offences).find(({ requirement }) => requirement === "FI-1");
    demand(offence === undefined, offence?.seen ?? "");
  }),
  check("FI-2", "its flags are 0, and so is the handle of CONTROL", async (bench) => {
    await carries(bench, await bench.link());
    const offence = bench.sides.flatMap(({ offences }) => offences).find(({ requirement }) => requirement === "FI-2");
    demand(offence === undefined, offence?.seen ?? "");
  }),
  check("FI-3", "flags, and the handle of CONTROL, are ignored", async (bench) => {
    const link = await bench.link();
    const packet = randomBytes(100);
    const frame = dataFrame(link.a.handle, [packet], 0xffff);
    const send = bench.medium.repeated(packet.length, () => bench.a.sendFrame(frame));
    await bench.b.until("a packet of a frame with flags", () => {
      send();
      return hasHeard(bench.b, packet);
    });
    const requestId = bench.a.nextRequestId();
    const odd = { flags: 0xffff, handle: 0xffff_ffff };
    await bench.a.until("an answer to a CONTROL frame with flags and a handle", () => {
      bench.a.send({ kind: "detach" }, { requestId, frame: odd });
      return bench.a.heard.find((message) => message.requestId === requestId);
    });
  }),
  check("FI-4", "frames that break a rule are dropped whole", async (bench) => {
    const link = await bench.link();
    const packet = randomBytes(500);
    const bad = badFrames(link.a.handle, packet);
    for (const frame of bad) bench.a.sendFrame(frame);
    const silenceMs = SILENCE_MS + bench.medium.msFor(bad.length * packet.length);
    await bench.b.never("a packet of a bad frame", silenceMs, () => hasHeard(bench.b, packet));
    await carries(bench, link);
  }),
  check("FI-5", "packets of all sizes go over a link unchanged, each by itself", async (bench) => {
    const link = await bench.link();
    for (const { from, to, out, in: handle } of directions(bench, link)) {
      const packets = [1, 2, 3, 64, 500, 1_279, 1_280, 700].map((size) => randomBytes(size));
      const keys = new Set(packets.map((packet) => packet.toString("hex")));
      const bytes = packets.reduce((sum, packet) => sum + packet.length, 0);
      const send = bench.medium.repeated(bytes, () => from.sendPackets(out, ...packets));
      to.forget();
      await to.until("all packets", () => {
        send();
        return packets.every((packet) => hasHeard(to, packet));
      });
      const odd = to.packets.find((heard) => !keys.has(Buffer.from(heard.packet).toString("hex")));
      demand(odd === undefined, `a packet of ${odd?.packet.length} bytes that nobody has sent`);
      const wrong = to.packets.find((heard) => heard.handle !== handle);
      demand(wrong === undefined, `a packet under the handle ${wrong?.handle}, not ${handle}`);
    }
  }),
  check("FI-6", "a frame of 65,000 bytes is taken, one of 65,001 is not", async (bench) => {
    const link = await bench.link();
    const { medium } = bench;
    const large = fullFrame(FRAME_SIZE_MAX);
    const send = medium.repeated(FRAME_SIZE_MAX, () => bench.a.sendPackets(link.a.handle, ...large));
    const isThere = (): boolean => {
      send();
      return hasHeard(bench.b, large.at(-1)!);
    };
    const patienceMs = medium.patienceMs(FRAME_SIZE_MAX);
    await bench.b.until("the last packet of a frame of 65,000 bytes", isThere, patienceMs);
    const tooLarge = fullFrame(FRAME_SIZE_MAX + 1);
    bench.a.sendPackets(link.a.handle, ...tooLarge);
    const silenceMs = SILENCE_MS + medium.msFor(FRAME_SIZE_MAX);
    await bench.b.never("a packet of a frame of 65,001 bytes", silenceMs, () =>
      tooLarge.some((packet) => hasHeard(bench.b, packet)),
    );
    await carries(bench, link);
  }),
  check("FI-7", "packets for an unknown handle are dropped", async (bench) => {
    const link = await bench.link();
    const packet = randomBytes(100);
    for (const handle of [1, 2, 0xffff_ffff, randomInt(1, 2 ** 32)]) {
      if (handle !== link.a.handle) bench.a.sendPackets(handle, packet);
    }
    const silenceMs = SILENCE_MS + bench.medium.msFor(4 * packet.length);
    await bench.b.never("a packet for another handle", silenceMs, () => hasHeard(bench.b, packet));
    await carries(bench, link);
  }),
  check("FI-8", "a new session has a new handle", async (bench) => {
    const { a, b } = bench;
    const { tag, ...first } = await bench.link();
    const used = { a: new Set([first.a.handle]), b: new Set([first.b.handle]) };
    for (let i = 0; i < 3; i++) {
      await a.ask({ kind: "close-link", key: bench.wish(a, tag) });
      a.states.delete(tag);
      await b.until("the end of the session", () => b.states.get(tag)!.state !== "up");
      await a.ask({ kind: "open-link", wish: bench.wish(a, tag) });
      const next = await bench.untilUp(tag);
      for (const side of ["a", "b"] as const) {
        demand(!used[side].has(next[side].handle), `${side}: the handle ${next[side].handle} once more`);
        used[side].add(next[side].handle);
      }
    }
  }),
  checkAlone("FI-9", "a single packet does not wait for more", async (bench) => {
    const link = await bench.link();
    const times: number[] = [];
    const onItsWayMs = bench.medium.msFor(ALONE_BYTES);
    for (let i = 0; i < 20; i++) {
      const packet = Buffer.from(`${link.tag} ${i}`);
      const start = performance.now();
      bench.a.sendPackets(link.a.handle, packet);
      while (performance.now() - start < 500 + onItsWayMs && !hasHeard(bench.b, packet)) await sleep(1);
      times.push(performance.now() - start);
    }
    const best = Math.min(...times);
    demand(best < 100 + onItsWayMs, `the fastest of ${times.length} took ${best.toFixed(0)} ms`);
  }),
  check("PA-36", "packets of every size up to the MTU are carried", async (bench) => {
    const { body } = await bench.a.attach();
    const link = await bench.link();
    for (const { mtu } of [link.a, link.b]) {
      demand(mtu >= 1_280, `an MTU of ${mtu}`);
      demand(mtu <= body.linkMtuMax, `an MTU of ${mtu}, with a link_mtu_max of ${body.linkMtuMax}`);
    }
    for (const { from, to, out } of directions(bench, link)) {
      const { mtu } = from.states.get(link.tag)!;
      for (const size of [1, 1_280, mtu - 1, mtu]) {
        const packet = randomBytes(size);
        const send = bench.medium.repeated(size, () => from.sendPackets(out, packet));
        await to.until(`a packet of ${size} bytes, with an MTU of ${mtu}`, () => {
          send();
          return hasHeard(to, packet);
        });
      }
    }
  }),
  checkAlone("PA-44", "a link sends no more than its rate", async (bench) => {
    const { a, b } = bench;
    const link = await bench.link();
    const rate = Math.floor(Math.min(RATE, bench.medium.rate / TIMES_RATE));
    await a.ask({ kind: "open-link", wish: { ...bench.wish(a, link.tag), rate } });
    await a.heartbeat();
    let bytes = 0;
    b.onPacket = (packet) => void (bytes += packet.length);
    const packet = randomBytes(RATE_PACKET);
    const start = performance.now();
    for (let sent = 0; performance.now() - start < RATE_MS; await sleep(5)) {
      const due = ((performance.now() - start) / 1_000) * (rate / 8) * TIMES_RATE;
      for (; sent < due; sent += RATE_PACKET) a.sendPackets(link.a.handle, packet);
    }
    const seconds = (performance.now() - start) / 1_000;
    b.onPacket = undefined;
    const burst = Math.max(RATE_BURST_PACKETS * RATE_PACKET, RATE_BURST_S * (rate / 8));
    const may = burst + (rate / 8) * seconds * 1.2;
    demand(bytes <= may, `${((bytes * 8) / seconds / 1e3).toFixed(0)} kbit/s at a rate of ${rate / 1e3}`);
    if (bytes === 0) throw new NotJudged("nothing was carried at all");
    const { handle } = await a.untilState(link.tag, "up");
    demand(handle === link.a.handle, "another rate has begun another session");
  }),
];
