import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { residentMegabytes } from "@florenetes/meshlab";
import { encodeMessage, type PortalBody } from "@florenetes/portal-api";
import type { ClusterSide } from "../cluster-side.ts";
import { controlFrame, dataFrame } from "../../bench/frames.ts";
import { type Check, checkAlone } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";
import { mutated, readNothing } from "../../shared-checks/hostile-partner.ts";
import type { LinkBench } from "../link-bench.ts";
import { carries } from "./lives.ts";
import { fullFrame } from "./packets.ts";

const PACKET_SIZE = 1_000;
const PACKETS_PER_FRAME = 20;
/** The time for which the kit reads nothing: a cluster vertex is detached only after a longer silence. */
const DEAF_MS = 600;
/** Bytes that a socket holds: no packet waits before they are full. */
const SOCKET_BYTES = 212_992;
const FUZZED = 3_000;
const FLOOD_MS = 3_000;
const MEMORY_MB_MAX = 150;
/** Frames that a full socket holds, and that a bounded queue may hold besides. */
const FRAMES_AHEAD_MAX = 700;
const EVENTS = 2_000;
const EVENTS_AT_ONCE = 20;
const PAUSE_MS = 2;
const LINES_MAX = 400;
const LINES_LATE_MS = 1_000;

/** Fills the socket of the other side: `from` sends, and nobody reads. @param meanwhile called for each frame */
function floodUnread(from: ClusterSide, handle: number, meanwhile: () => void = () => {}): void {
  const packets = Array.from({ length: PACKETS_PER_FRAME }, () => randomBytes(PACKET_SIZE));
  readNothing(DEAF_MS, () => {
    from.sendPackets(handle, ...packets);
    meanwhile();
  });
}

export const LOAD_CHECKS: readonly Check<LinkBench>[] = [
  checkAlone("FI-20", "a partner that does not read stops nothing", async (bench) => {
    const { a, b, medium } = bench;
    const link = await bench.link();
    const { attachment } = a;
    // Packets of a slow link do not fill a socket, but answers do.
    const close = { kind: "close-link", key: { peer: "nobody", tag: "never there" } } as const;
    floodUnread(b, link.b.handle, () => void a.send(close, { requestId: a.nextRequestId() }));
    const packet = Buffer.from("after the flood");
    const start = performance.now();
    const send = medium.repeated(packet.length, () => b.sendPackets(link.b.handle, packet));
    await a.until("a packet that was sent after the flood", () => {
      send();
      return a.packets.some((heard) => packet.equals(heard.packet));
    });
    const ms = performance.now() - start;
    demand(ms < 5_000 + medium.linkMs, `a packet waited for ${ms.toFixed(0)} ms behind those that were not read`);
    const now = await a.heartbeat();
    demand(now.attachment === attachment, `attachment ${now.attachment} after ${attachment}`);
    demand(a.states.get(link.tag)!.handle === link.a.handle, "the link is another one");
  }),
  checkAlone("FI-21", "CONTROL leaves before the packets that wait", async (bench) => {
    const { a, b, medium } = bench;
    if (medium.bytesIn(DEAF_MS) < SOCKET_BYTES)
      throw new NotJudged(`its link does not fill a socket in the ${DEAF_MS} ms for which a partner may be deaf`);
    const link = await bench.link();
    a.forget();
    floodUnread(b, link.b.handle);
    const first = await a.until("a message", () => a.heard[0]);
    const ahead = new Set(a.packets.filter(({ frame }) => frame < first.frame).map(({ frame }) => frame)).size;
    demand(ahead <= FRAMES_AHEAD_MAX, `${ahead} DATA frames were ahead of the first message`);
  }),
  checkAlone("LV-27", "what a partner sends does not end the process", async (bench) => {
    const { a } = bench;
    const link = await bench.link();
    const envelope = { instance: a.instance, attachment: a.attachment, requestId: 9 };
    const bodies: PortalBody[] = [
      a.attachBody(),
      { kind: "open-link", wish: bench.wish(a, link.tag) },
      { kind: "close-link", key: bench.wish(a, "another") },
      { kind: "heartbeat", startedAt: 1, generation: 1n },
    ];
    const frames = [
      ...bodies.map((body) => controlFrame(encodeMessage({ ...envelope, body }))),
      dataFrame(link.a.handle, [randomBytes(40), randomBytes(3)]),
    ];
    for (let i = 0; i < FUZZED; i++) {
      a.sendFrame(mutated(frames[i % frames.length]!));
      if (i % 50 === 0) await sleep(5);
    }
    demand(a.vertex.isRunning, "the process has ended");
    a.begin();
    await a.attach();
    await carries(bench, await bench.link());
  }),
  checkAlone("LV-28", "what it keeps for a link that is sent too much is bounded", async (bench) => {
    const { a } = bench;
    const link = await bench.link();
    const memory = (): number => bench.sides.reduce((sum, { vertex }) => sum + (residentMegabytes(vertex.pid) ?? 0), 0);
    bench.b.onPacket = () => {};
    const frame = fullFrame(65_000);
    for (let i = 0; i < 50; i++) a.sendPackets(link.a.handle, ...frame);
    await a.heartbeat();
    const before = memory();
    const end = performance.now() + FLOOD_MS;
    while (performance.now() < end) {
      while (performance.now() < end && a.sendPackets(link.a.handle, ...frame) === "");
      await sleep(1);
    }
    bench.b.onPacket = undefined;
    const grown = memory() - before;
    demand(grown < MEMORY_MB_MAX, `${grown.toFixed(0)} MB more after ${FLOOD_MS / 1_000} s`);
    await carries(bench, link);
  }),
  checkAlone("LV-31", "what a partner causes again and again is logged at a limited rate", async (bench) => {
    const { a } = bench;
    await a.attach();
    const before = a.vertex.lines;
    const key = { peer: "nobody", tag: bench.newTag() };
    for (let i = 0; i < EVENTS; i++) {
      a.send(a.attachBody({ cluster: "another" }), { attachment: 0, requestId: a.nextRequestId() });
      a.send({ kind: "open-link", wish: { ...key, role: "acceptor", endpoint: "" } }, { requestId: a.nextRequestId() });
      a.send({ kind: "close-link", key }, { requestId: a.nextRequestId() });
      if (i % EVENTS_AT_ONCE === 0) await sleep(PAUSE_MS);
    }
    for (let i = 0; i < EVENTS; i++) {
      a.send(a.attachBody(), { attachment: 0, requestId: a.nextRequestId() });
      if (i % EVENTS_AT_ONCE === 0) await sleep(PAUSE_MS);
    }
    await a.heartbeat();
    // Lines come by a pipe, and so may be late.
    await sleep(LINES_LATE_MS);
    const lines = a.vertex.lines - before;
    demand(lines <= LINES_MAX, `${lines} lines for ${EVENTS} events of each kind`);
  }),
];
