import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { Identities } from "../quic-link/identities.ts";
import { type LinkProcess, until } from "./link-process.ts";
import { endAll, expectTraffic, SOON, start, untilUp } from "./pairs.ts";

/* A cluster vertex that wants links to endpoints where nobody is: what it costs the process that other clusters share. */
afterEach(endAll);

const WISHES = 1_000;
/** Attempts that have come to nothing by then: more than can be under way at a time, and each has taken what it takes. */
const ATTEMPTS = 150;
/** The portable engine frees connections when the garbage collector comes to them; without places a thousand wishes take 700 MB. */
const MEGABYTES_MAX = 128;

test("a thousand wishes for what does not answer cost little memory, and the links of another cluster nothing", async () => {
  const ids = new Identities();
  const [linkA, linkB] = await Promise.all([
    start(["demo", "other"].map((cluster) => ({ cluster, identity: ids.issue("a", { cluster }) }))),
    start([{ cluster: "other", identity: ids.issue("b", { cluster: "other" }) }]),
  ]);
  const hostile = linkA.vertex("a", "demo");
  const [a, b] = [linkA.vertex("a", "other"), linkB.vertex("b", "other")];
  b.accept("a");
  a.originate("b", linkB.endpoint("other"));
  await untilUp(a, b);
  const before = megabytes(linkA);
  for (let i = 0; i < WISHES; i++) hostile.originate(`dead-${i}`, `udp://127.9.${i >> 8}.${i & 255}:9`);
  await until("failed attempts", () => hostile.history.filter((line) => line.endsWith("NO_ANSWER")).length >= ATTEMPTS);
  const { attempts } = (await linkA.status()).clusters[0]!;
  expect(attempts).toMatchObject({ underWay: 64, waiting: expect.any(Number) as number });
  expect(attempts.waiting).toBeGreaterThan(WISHES / 2);
  expect(megabytes(linkA) - before).toBeLessThan(MEGABYTES_MAX);
  await expectTraffic(a, b);
  expect(a.history).toEqual(["b/0 connecting", "b/0 up"]);
});

test("no more links than `links-max` are taken, and more after a reload that allows them", async () => {
  const ids = new Identities();
  const link = await start([{ cluster: "demo", identity: ids.issue("a") }], { clusterLines: ["links-max: 2"] });
  const vertex = link.vertex("a");
  for (const peer of ["b", "c", "d"]) vertex.accept(peer);
  await expect.poll(() => vertex.status("d")?.code, SOON).toBe("TOO_MANY_LINKS");
  const outcome = await link.reload((text) => text.replace("links-max: 2", "links-max: 3"));
  expect(outcome.changes[0]!.effect).toContain("`links-max`");
  await expect.poll(() => vertex.status("d")?.state, SOON).toBe("connecting");
  expect(vertex.status("b")?.state).toBe("connecting");
});

/** Resident memory. */
function megabytes({ child }: LinkProcess): number {
  const [, kilobytes] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))!;
  return Number(kilobytes) / 1_024;
}
