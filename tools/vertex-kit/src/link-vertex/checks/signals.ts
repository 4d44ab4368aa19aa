import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LinkBench, BenchLink } from "../link-bench.ts";
import { giveIdentity, putFile } from "../../bench/place.ts";
import { check, type Check, checkAlone } from "../../check.ts";
import { demand } from "../../judgement.ts";
import { identityCheck } from "./identity.ts";
import { carries } from "./lives.ts";

const WATCH_MS = 3_000;
/** The longest time for which a link that is renewed may stand still. It may lose packets. */
const GAP_MS_MAX = 1_500;
const PACE_MS = 10;
/** Bytes of a tick with all that a link protocol puts around it, and as much again for other traffic on the medium. */
const TICK_BYTES = 200;
/** Bytes of packets that may be under way before a tick. */
const AHEAD_BYTES = 2_560;

/** Sends packets both ways for a while. Demands that they come, and that neither vertex tells of an end. */
export async function staysUp(bench: LinkBench, link: BenchLink): Promise<void> {
  const { a, b, medium } = bench;
  const gapMax = GAP_MS_MAX + medium.msFor(AHEAD_BYTES);
  const paceMs = Math.max(PACE_MS, medium.msFor(TICK_BYTES));
  const last = { a: performance.now(), b: performance.now() };
  a.onPacket = () => void (last.a = performance.now());
  b.onPacket = () => void (last.b = performance.now());
  try {
    for (const end = performance.now() + WATCH_MS + medium.linkMs; performance.now() < end; await sleep(paceMs)) {
      for (const side of bench.sides) {
        const { state, handle } = side.states.get(link.tag)!;
        demand(state === "up", `${side.name} was told that the link is ${state}`);
        side.sendPackets(handle, Buffer.from("tick"));
      }
      const gap = performance.now() - Math.min(last.a, last.b);
      demand(gap < gapMax, `no packet has come for ${gap.toFixed(0)} ms`);
    }
  } finally {
    a.onPacket = undefined;
    b.onPacket = undefined;
  }
}

export const SIGNAL_CHECKS: readonly Check<LinkBench>[] = [
  identityCheck("LV-19", "at SIGHUP another identity is taken", async (bench) => {
    const { a, b, place } = bench;
    const other = place.otherCa();
    const otherRoots = [place.ca.authority.certificatePem];
    const { tag } = await bench.link();
    giveIdentity(bench.files(a).identity, other.issue({ kind: "vertex", name: "a", otherRoots }));
    a.vertex.signal("SIGHUP");
    await a.heartbeat();
    await bench.change(b, (files) => giveIdentity(files.identity, other.issue({ kind: "vertex", name: "b" })));
    await b.attach();
    await b.ask({ kind: "open-link", wish: bench.wish(b, tag) });
    await b.untilState(tag, "up", 60_000 + bench.medium.linkMs);
  }),
  checkAlone("LV-20", "SIGHUP, with or without a new certificate, ends no link", async (bench) => {
    const link = await bench.link();
    bench.a.vertex.signal("SIGHUP");
    await staysUp(bench, link);
    for (const side of bench.sides) {
      bench.willReset();
      giveIdentity(bench.files(side).identity, bench.issue(side.name));
      side.vertex.signal("SIGHUP");
      await staysUp(bench, link);
    }
  }),
  identityCheck("LV-21", "an identity that is not in order is not taken", async (bench) => {
    const { a } = bench;
    const link = await bench.link();
    bench.willReset();
    putFile(join(bench.files(a).identity, "chain.pem"), "no certificate");
    a.vertex.signal("SIGHUP");
    await staysUp(bench, link);
    rmSync(join(bench.files(a).identity, "chain.pem"));
    a.vertex.signal("SIGHUP");
    await staysUp(bench, link);
    await carries(bench, await bench.link());
  }),
  check("LV-22", "at SIGTERM neighbours are told at once", async (bench) => {
    const { a, b } = bench;
    const { tag } = await bench.link();
    const ended = a.vertex.stop();
    const { code } = await b.until("the end of the link", () => b.states.get(tag)!.state !== "up" && b.states.get(tag));
    demand(code !== "" && code !== "SILENT", `b was told "${code}"`);
    await ended;
  }),
  check("LV-23", "at SIGTERM the process ends with 0", async (bench) => {
    await bench.link();
    for (const { name, vertex } of bench.sides) {
      const end = await vertex.stop();
      demand(end !== undefined, `${name} was still there after 10 s`);
      demand(end.code === 0, `${name} ended with ${end.signal ?? `code ${end.code}`}`);
    }
  }),
];
