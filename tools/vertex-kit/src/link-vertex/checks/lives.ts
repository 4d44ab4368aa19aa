import { setTimeout as sleep } from "node:timers/promises";
import type { LinkBench, BenchLink } from "../link-bench.ts";
import type { ClusterSide } from "../cluster-side.ts";
import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";

/** The time for which links live on without a cluster vertex; under one that has not asked for them they live for `UNCLAIMED_MS`. */
const KEPT_MS = 10_000;
const UNCLAIMED_MS = 3_000;
/** A part of the time: a link that has ended before it has ended too soon. */
const TOO_SOON = 0.8;

/** Waits until packets go both ways, each under the present handle of the link. */
export async function carries({ a, b, medium }: LinkBench, { tag }: Pick<BenchLink, "tag">): Promise<void> {
  const handleOf = (side: ClusterSide): number => side.states.get(tag)?.handle ?? 0;
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const packet = Buffer.from(`${tag} ${performance.now()}`);
    const send = medium.repeated(packet.length, () => from.sendPackets(handleOf(from), packet));
    await to.until(`a packet over link ${tag}`, () => {
      send();
      return to.packets.some((heard) => heard.handle === handleOf(to) && packet.equals(heard.packet));
    });
  }
}

export const LIFE_CHECKS: readonly Check<LinkBench>[] = [
  check("PA-19", "a link that is asked for again is adopted as it is", async (bench) => {
    const { a, b } = bench;
    const link = await bench.link();
    b.forget();
    a.begin();
    await a.attach();
    await a.ask({ kind: "open-link", wish: bench.wish(a, link.tag) });
    const adopted = await a.untilState(link.tag, "up");
    demand(adopted.handle === link.a.handle, `handle ${adopted.handle} after ${link.a.handle}`);
    demand(adopted.generation > link.a.generation, `generation ${adopted.generation} after ${link.a.generation}`);
    demand(b.states.get(link.tag)!.generation === link.b.generation, "b was told of a change");
    await carries(bench, link);
  }),
  check("PA-30", "a neighbour does not see the restart of a cluster vertex", async (bench) => {
    const { a, b } = bench;
    const link = await bench.link();
    a.closeSocket(true);
    await sleep(1_000);
    a.begin();
    await a.until("a new connection", () => a.isConnected);
    await a.attach();
    await a.ask({ kind: "open-link", wish: bench.wish(a, link.tag) });
    const adopted = await a.untilState(link.tag, "up");
    demand(adopted.handle === link.a.handle, `handle ${adopted.handle} after ${link.a.handle}`);
    demand(b.states.get(link.tag)!.generation === link.b.generation, "b was told of a change");
    await carries(bench, link);
  }),
  check("PA-31", "after 10 s without a cluster vertex links are closed, and neighbours told", async (bench) => {
    const { a, b } = bench;
    const link = await bench.link();
    await a.detach();
    const start = performance.now();
    const told = await b.until(
      "the end of the link",
      () => b.states.get(link.tag)!.state !== "up" && b.states.get(link.tag),
      KEPT_MS + bench.medium.patienceMs(),
    );
    const ms = performance.now() - start;
    demand(ms > TOO_SOON * KEPT_MS, `b was told after ${ms.toFixed(0)} ms`);
    demand(told.code !== "" && told.code !== "SILENT", `b was told "${told.code}"`);
  }),
  check("PA-32", "links that nobody has asked for again are closed 3 s after an attach", async (bench) => {
    const { a, b } = bench;
    const link = await bench.link();
    a.begin();
    await a.attach();
    const start = performance.now();
    await b.until("the end of the link", () => b.states.get(link.tag)!.state !== "up");
    const ms = performance.now() - start;
    demand(ms > TOO_SOON * UNCLAIMED_MS, `b was told after ${ms.toFixed(0)} ms`);
  }),
  check("PA-33", "packets are carried whoever is attached", async (bench) => {
    const link = await bench.link();
    await bench.a.detach();
    await carries(bench, link);
  }),
  check("PA-43", "after it stood still a vertex reads before it judges its partner", async (bench) => {
    const { a } = bench;
    const { attachment } = await a.attach();
    a.vertex.freeze();
    await sleep(2_500);
    a.vertex.go();
    const isDetached = (): boolean => a.all("heartbeat").some((message) => message.attachment > attachment);
    await a.never("an end of the attachment", 1_500, isDetached);
    await a.heartbeat();
  }),
  check("LV-24", "after a kill a link comes up again by itself", async (bench) => {
    for (const killed of bench.sides) {
      const link = await bench.link();
      await killed.vertex.kill();
      killed.vertex.start();
      killed.begin();
      await killed.until("a new connection", () => killed.isConnected);
      await killed.attach();
      await killed.ask({ kind: "open-link", wish: bench.wish(killed, link.tag) });
      await killed.untilState(link.tag, "up");
      const peer = bench.peerOf(killed);
      await peer.until("the link up again", () => {
        const { state, generation } = peer.states.get(link.tag)!;
        return state === "up" && generation > link[peer === bench.a ? "a" : "b"].generation;
      });
      await carries(bench, await bench.untilUp(link.tag));
    }
  }),
  check("LV-25", "a link whose other end is silent goes down", async (bench) => {
    const { a, b } = bench;
    const link = await bench.link();
    b.vertex.freeze();
    try {
      await a.until("the end of the link", () => a.states.get(link.tag)!.state !== "up", 60_000);
    } finally {
      b.vertex.go();
    }
  }),
  check("LV-26", "after it stood still its links come up again", async (bench) => {
    const { b } = bench;
    const link = await bench.link();
    b.vertex.freeze();
    await sleep(2_000);
    b.vertex.go();
    await b.heartbeat();
    await carries(bench, await untilCarried(bench, link.tag));
  }),
  check("LV-29", "links with different tags are independent of each other", async (bench) => {
    const { a, b } = bench;
    const [one, other] = [await bench.link(), await bench.link()];
    await carries(bench, one);
    await carries(bench, other);
    await a.ask({ kind: "close-link", key: bench.wish(a, one.tag) });
    await b.until("the end of the one", () => b.states.get(one.tag)!.state !== "up");
    await carries(bench, other);
    demand(b.states.get(other.tag)!.generation === other.b.generation, "the other one has changed, too");
  }),
];

/** Waits until both sides have called a link up for a moment: a side may not have noticed yet that the link has ended. */
async function untilCarried(bench: LinkBench, tag: string): Promise<BenchLink> {
  let since = performance.now();
  await bench.a.until(
    "the link up at both sides, for a second",
    () => {
      const isUp = bench.sides.every((side) => side.states.get(tag)?.state === "up");
      if (!isUp) since = performance.now();
      return performance.now() - since > 1_000;
    },
    60_000 + bench.medium.linkMs,
  );
  return bench.untilUp(tag);
}
