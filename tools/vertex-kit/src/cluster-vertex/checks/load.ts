import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { residentMegabytes } from "@florenetes/meshlab";
import { encodeMessage, type PortalBody } from "@florenetes/portal-api";
import { controlFrame, dataFrame, header, sizesThatFill } from "../../bench/frames.ts";
import { type Check, checkAlone } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";
import { mutated, readNothing } from "../../shared-checks/hostile-partner.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import type { LinkSide } from "../link-side.ts";
import { passing } from "../../bench/mesh-packets.ts";
import { LINKS } from "../node-config.ts";

const PACKET_SIZE = 1_000;
const PACKETS_PER_FRAME = 20;
/** The time for which the kit reads nothing: a link vertex is let go only after a longer silence. */
const DEAF_MS = 500;
const FUZZED = 2_000;
const FLOOD_MS = 1_500;
const MEMORY_MB_MAX = 100;
/** Frames that a full socket holds, and that a bounded queue may hold besides. */
const FRAMES_AHEAD_MAX = 700;
/** Different messages of each kind; then the first one comes again. */
const MESSAGES = 200;
const MESSAGES_MS_MAX = 20_000;
const FIRST_REQUEST = 30_000;
const LARGE = 60_000;
const EVENTS = 1_000;
const EVENTS_AT_ONCE = 20;
const PAUSE_MS = 2;
const LINES_MAX = 300;
const LINES_LATE_MS = 500;

/** Fills the socket of portal one: packets for it come in at portal two, and nobody reads. */
function floodUnread(bench: ClusterBench): void {
  const handle = bench.handle("d");
  readNothing(DEAF_MS, () => {
    const packets = Array.from({ length: PACKETS_PER_FRAME }, () => passing(LINKS.c.label, PACKET_SIZE));
    bench.two.sendPackets(handle, ...packets);
  });
}

/** Frames of an unknown type, and messages about links and peers that no other number has. Most of them have the largest size. */
function messagesOf({ instance, attachment, generation }: LinkSide, number: number): Uint8Array[] {
  const key = { peer: `nobody-${number}`, tag: "flood" };
  const usual = { handle: 0, mtu: 0, preferredMtu: 0, isCongested: false };
  const status = { ...key, ...usual, state: "down", code: "KIT", text: "" } as const;
  const question = { presenter: "originator", peer: key.peer, chain: [randomBytes(LARGE)], isOpen: false } as const;
  const bodies: PortalBody[] = [
    { kind: "link-states", from: generation, to: generation, links: [{ status, generation }] },
    { kind: "judge", question },
    { kind: "error", code: "KIT", text: randomBytes(LARGE / 2).toString("hex") },
    { kind: "sign-answer", scheme: 1027, signature: randomBytes(LARGE), chainHash: randomBytes(32), chain: [] },
  ];
  const envelope = { instance, attachment, requestId: FIRST_REQUEST + number };
  const messages = bodies.map((body) => controlFrame(encodeMessage({ ...envelope, body })));
  return [Buffer.concat([header({ type: 7, handle: number }), randomBytes(LARGE)]), ...messages];
}

export const LOAD_CHECKS: readonly Check<ClusterBench>[] = [
  checkAlone("FI-20", "a partner that does not read stops nothing", async (bench) => {
    const { one } = bench;
    await bench.bringUp("b", "c", "d");
    const { attachment } = one;
    floodUnread(bench);
    const start = performance.now();
    await bench.carries("d", "c");
    const ms = performance.now() - start;
    demand(ms < 5_000, `a packet waited for ${ms.toFixed(0)} ms behind those that were not read`);
    demand(one.attachment === attachment, `attachment ${one.attachment} after ${attachment}`);
  }),
  checkAlone("FI-21", "CONTROL leaves before the packets that wait", async (bench) => {
    const { one } = bench;
    await bench.bringUp("b", "c", "d");
    one.forget();
    floodUnread(bench);
    const first = await one.until("a message", () => one.heard[0]);
    const ahead = new Set(one.packets.filter(({ frame }) => frame < first.frame).map(({ frame }) => frame)).size;
    demand(ahead <= FRAMES_AHEAD_MAX, `${ahead} DATA frames were ahead of the first message`);
  }),
  checkAlone("CV-11", "what a partner sends does not end the process", async (bench) => {
    const { one } = bench;
    await bench.bringUp("b", "c");
    const { instance, attachment } = one;
    const states = [...one.states.values()];
    const question = { presenter: "originator", peer: "b", chain: [randomBytes(300)], isOpen: false } as const;
    const bodies: PortalBody[] = [
      { kind: "heartbeat", startedAt: one.startedAt, generation: 1n, transit: { generation: 1, taken: 5, code: "X" } },
      { kind: "link-states", from: 0n, to: one.generation, links: states },
      { kind: "open-link-answer" },
      { kind: "error", code: "INVALID_WISH", text: "no" },
      { kind: "judge", question },
      {
        kind: "transit-report",
        number: 1,
        generation: 1,
        links: [],
        pairs: [],
        classes: [],
        labels: [{ link: 0, label: 1, packets: 3 }],
      },
      { kind: "sign-answer", scheme: 1027, signature: randomBytes(70), chainHash: randomBytes(32), chain: [] },
    ];
    const frames = [
      ...bodies.map((body) => controlFrame(encodeMessage({ instance, attachment, requestId: 9, body }))),
      dataFrame(bench.handle("b"), [passing(LINKS.c.label, 100), passing(LINKS.b.label, 60)]),
    ];
    for (let i = 0; i < FUZZED; i++) {
      one.sendFrame(mutated(frames[i % frames.length]!));
      if (i % 50 === 0) await sleep(5);
    }
    demand(bench.vertex.isRunning, "the process has ended");
    one.begin();
    await bench.bringUp("b", "c");
    await bench.carries("b", "c");
  }),
  checkAlone("CV-12", "what it keeps for whoever sends without end is bounded", async (bench) => {
    const { one, two, vertex } = bench;
    await bench.bringUp("b", "c", "d");
    const memory = (): number => residentMegabytes(vertex.pid) ?? 0;
    one.onPacket = () => {};
    const frames = [LINKS.c.label, 4_444].map((label) => {
      return dataFrame(
        bench.handle("d"),
        sizesThatFill(65_000).map((size) => passing(label, size)),
      );
    });
    const flood = async (forMs: number): Promise<void> => {
      const end = performance.now() + forMs;
      while (performance.now() < end) {
        while (performance.now() < end && frames.every((frame) => two.sendFrame(frame) === ""));
        one.tell(LINKS.b, { state: "connecting" });
        await sleep(1);
      }
    };
    await flood(FLOOD_MS / 3);
    const before = memory();
    await flood(FLOOD_MS);
    one.onPacket = undefined;
    const grown = memory() - before;
    demand(grown < MEMORY_MB_MAX, `${grown.toFixed(0)} MB more after ${FLOOD_MS / 1_000} s`);
    await bench.carries("d", "c");
  }),
  checkAlone("CV-12", "what it keeps of messages without end is bounded", async (bench) => {
    const { two, vertex } = bench;
    await bench.bringUp("b", "c", "d");
    const frames = Array.from({ length: MESSAGES }, (_, number) => messagesOf(two, number)).flat();
    let next = 0;
    const flood = async (megabytes: number): Promise<void> => {
      const end = performance.now() + MESSAGES_MS_MAX;
      for (let bytes = 0; bytes < megabytes * 1e6;) {
        if (performance.now() > end) throw new NotJudged(`it takes less than ${megabytes} MB in ${MESSAGES_MS_MAX} ms`);
        const frame = frames[next % frames.length]!;
        if (two.sendFrame(frame) === "") {
          bytes += frame.length;
          next++;
        } else await sleep(1);
      }
    };
    await flood(MEMORY_MB_MAX);
    const before = residentMegabytes(vertex.pid) ?? 0;
    await flood(4 * MEMORY_MB_MAX);
    const grown = (residentMegabytes(vertex.pid) ?? 0) - before;
    demand(grown < MEMORY_MB_MAX, `${grown.toFixed(0)} MB more after ${4 * MEMORY_MB_MAX} MB of messages`);
    two.begin();
    await bench.bringUp("b", "c", "d");
    await bench.carries("d", "c");
  }),
  checkAlone("CV-13", "what a partner causes again and again is logged at a limited rate", async (bench) => {
    const { one, vertex } = bench;
    const before = vertex.lines;
    for (let i = 0; i < EVENTS; i++) {
      one.tell(LINKS.b, i % 2 === 0 ? { state: "up" } : { state: "down", code: "KIT" });
      one.send({ kind: "judge", question: undefined }, { requestId: 20_000 + i });
      if (i % EVENTS_AT_ONCE === 0) await sleep(PAUSE_MS);
    }
    for (let i = 0; i < EVENTS / 10; i++) {
      one.detach();
      await sleep(PAUSE_MS);
    }
    await one.heartbeat();
    // Lines come by a pipe, and so may be late.
    await sleep(LINES_LATE_MS);
    const lines = vertex.lines - before;
    demand(lines <= LINES_MAX, `${lines} lines for ${EVENTS} events of each kind`);
  }),
];
