import { readFileSync } from "node:fs";
import { runs } from "@florenetes/simkit";
import { afterEach, expect, test } from "vitest";
import { expectTraffic, Neighbourhood, SOON, untilUp } from "../data-plane/conformance/neighbourhood.ts";
import { wantLink } from "../data-plane/conformance/tested-link.ts";
import { Identities } from "../quic-link/identities.ts";
import { LinkProcess } from "./link-process.ts";

/* A cluster vertex that wants links to endpoints where nobody is: what it costs the process that other clusters share. */
const hood = new Neighbourhood((clusters, settings) => LinkProcess.start(clusters, settings));
afterEach(() => hood.endAll());

const WISHES = 4_096;
/** The number of attempts that have failed in the end: so many that memory that is never freed would exceed the bound. All of them take 100 s. */
const ATTEMPTS = runs(4_096, 1_200);
const ATTEMPTS_MS = 500_000;
/**
 * The bounds that docs/operate/security.md names. Connections of the portable engine are freed by Node's collector of garbage, which comes later on a busy
 * machine. One attempt takes 0.7 MB: a tenth of all that is never freed would exceed either bound.
 */
const MEGABYTES_MAX = process.env["FLORENETES_ENGINE"] === "portable" ? 96 : 64;

test(
  "4,096 wishes for what does not answer cost little memory, and the links of another cluster nothing",
  async () => {
    const ids = new Identities();
    const [linkA, linkB] = await Promise.all([
      hood.start(["demo", "other"].map((cluster) => ({ cluster, identity: ids.issue("a", { cluster }) }))),
      hood.start([{ cluster: "other", identity: ids.issue("b", { cluster: "other" }) }]),
    ]);
    const hostile = linkA.vertex("a", "demo");
    const [a, b] = [linkA.vertex("a", "other"), linkB.vertex("b", "other")];
    await wantLink(a, b, linkB.endpoint("other"));
    await untilUp(a, b);
    const before = megabytes(linkA);
    let most = before;
    for (let i = 0; i < WISHES; i++) hostile.originate(`dead-${i}`, `udp://127.9.${i >> 8}.${i & 255}:9`);
    const attempts = async () => (await linkA.status()).clusters[0]!.attempts;
    // Later on, a busy machine has many links between two attempts.
    await expect.poll(async () => (await attempts()).waiting, SOON).toBeGreaterThan(WISHES / 2);
    const failures = (): number => {
      most = Math.max(most, megabytes(linkA));
      return hostile.history.filter((line) => line.endsWith("NO_ANSWER")).length;
    };
    await expect.poll(failures, { timeout: ATTEMPTS_MS, interval: 100 }).toBeGreaterThanOrEqual(ATTEMPTS);
    expect((await attempts()).underWay).toBeLessThanOrEqual(64);
    expect(most - before).toBeLessThan(MEGABYTES_MAX);
    await expectTraffic(a, b);
    // A link that is up tells so again when its MTU has grown.
    expect(a.history.filter((state) => state !== "b/0 up")).toEqual(["b/0 connecting"]);
  },
  ATTEMPTS_MS,
);

test("no more links than `links-max` are taken, and more after a reload that allows them", async () => {
  const ids = new Identities();
  const link = await hood.start([{ cluster: "demo", identity: ids.issue("a") }], { clusterLines: ["links-max: 2"] });
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
