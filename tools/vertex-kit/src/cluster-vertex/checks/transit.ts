import { TRANSIT_FEATURE, type TransitChange } from "@florenetes/portal-api";
import { check, type Check } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import { type LinkSide, textOf } from "../link-side.ts";
import { LINKS } from "../node-config.ts";

const SILENCE_MS = 600;
const PARTS_MAX = 4;
const CHANGES_MAX = 512;
const LINK_WEIGHT = 32;
/** Links enough for a table of six parts: each counts for 32 changes, and packets may pass from one of them to all others. */
const MANY_LINKS = 96;
const MANY_CHANGES = MANY_LINKS + 2 * (MANY_LINKS - 1);
/** An answer at once comes within this time, and so before the next regular heartbeat. */
const AT_ONCE_MS = 150;
const TRIES = 3;
/** The time after which a cluster vertex that has handed over no table never does. */
const HANDED_OVER_MS = 6_000;

type Part = ReturnType<LinkSide["all"]>[number]["body"] & { readonly kind: "transit-changes" };

/** The parts of a table that were heard. */
function parts(side: LinkSide): readonly Part[] {
  return side.all("transit-changes").map(({ body }) => body);
}

/** Attaches the link vertex of portal one anew, as one that takes label tables. @throws NotJudged when none comes */
async function attachWithTransit({ one }: ClusterBench): Promise<Part> {
  one.features = [TRANSIT_FEATURE];
  one.transit = { generation: 0, taken: 0, code: "" };
  one.forget();
  one.detach();
  await one.untilAttached();
  try {
    return await one.until("a table", () => parts(one)[0], HANDED_OVER_MS);
  } catch {
    throw new NotJudged("it hands no label table over");
  }
}

/** Takes a table, part by part. @param most changes that are taken at most */
async function takeTable(side: LinkSide, generation: number, most = Infinity): Promise<readonly TransitChange[]> {
  const taken: TransitChange[] = [];
  let whole = 1;
  let read = 0;
  await side.until(`all of table ${generation}`, () => {
    const all = parts(side);
    for (; read < all.length; read++) {
      const part = all[read]!;
      if (part.generation !== generation) continue;
      whole = part.whole;
      if (part.first === taken.length && taken.length < most) taken.push(...part.changes);
      side.transit = { generation, taken: taken.length, code: "" };
      side.beat();
    }
    return taken.length >= Math.min(whole, most);
  });
  return taken;
}

/** Links of a table, by their numbers in it. */
function linksOf(changes: readonly TransitChange[]): readonly string[] {
  return changes.flatMap((change) => (change.operation === "link" ? [textOf(change.key)] : []));
}

export const TRANSIT_CHECKS: readonly Check<ClusterBench>[] = [
  check("PC-39", "a link vertex that takes no label table is handed none", async ({ one }) => {
    await one.never("a label table", SILENCE_MS, () => parts(one).length > 0);
  }),
  check("PC-40", "a table begins with a message without changes, until a heartbeat names it", async (bench) => {
    const { one } = bench;
    const first = await attachWithTransit(bench);
    demand(
      first.first === 0 && first.changes.length === 0,
      `it begins with ${first.changes.length} changes from ${first.first}`,
    );
    demand(first.whole > 0 && first.generation > 0, `table ${first.generation} of ${first.whole} changes`);
    await one.until("its repetition", () => parts(one).length >= 2);
    const early = parts(one).find(({ changes }) => changes.length > 0);
    demand(early === undefined, "changes of a table that nobody has confirmed");
  }),
  check("PC-41", "a table has the links of its portal, their labels, and what may pass between them", async (bench) => {
    const { one } = bench;
    const { generation } = await attachWithTransit(bench);
    const changes = await takeTable(one, generation);
    const links = linksOf(changes);
    const own = [LINKS.b, LINKS.c].map((link) => textOf(link));
    demand(links.length === 2 && own.every((key) => links.includes(key)), `links ${links.join(", ")}`);
    for (const name of ["b", "c"] as const) {
      const told = changes.find((change) => change.operation === "link" && textOf(change.key) === textOf(LINKS[name]));
      const label = told?.operation === "link" ? told.label : 0;
      demand(label === LINKS[name].label, `link ${name} has the label ${label}`);
    }
    const permits = changes.flatMap((one) =>
      one.operation === "permit" ? [`${links[one.link]} > ${links[one.outLink]}`] : [],
    );
    const expected = [`${own[0]} > ${own[1]}`, `${own[1]} > ${own[0]}`];
    demand(permits.toSorted().join() === expected.toSorted().join(), `permitted: ${permits.join(", ")}`);
  }),
  check("PC-42", "a large table comes in parts, and again from where one was lost", async (bench) => {
    const { one } = bench;
    const names = Array.from({ length: MANY_LINKS }, (_, i) => `n${i}`);
    const links = names.map((peer, i) => [peer, { portal: "one", role: "acceptor", peer, label: 1_000 + i }] as const);
    const transit = names.slice(1).map((name) => [names[0], name]);
    await bench.restartWith({ ...bench.config, links: Object.fromEntries(links), transit });
    await one.untilAttached();
    const { generation, whole } = await attachWithTransit(bench);
    demand(whole === MANY_CHANGES, `a table of ${whole} changes, not ${MANY_CHANGES}`);
    one.transit = { generation, taken: 0, code: "" };
    one.beat();
    const sent = (): number => {
      return new Set(parts(one).flatMap(({ first, changes }) => (changes.length > 0 ? [first] : []))).size;
    };
    await one.until("four parts", () => sent() >= PARTS_MAX);
    await one.never("a fifth part, without an acknowledgement", SILENCE_MS, () => sent() > PARTS_MAX);
    const heavy = parts(one).find(({ changes }) => {
      return changes.reduce((sum, { operation }) => sum + (operation === "link" ? LINK_WEIGHT : 1), 0) > CHANGES_MAX;
    });
    demand(heavy === undefined, `a part of ${heavy?.changes.length} changes`);
    one.forget();
    const changes = await takeTable(one, generation);
    demand(changes.length === whole, `${changes.length} changes of ${whole}`);
    demand(linksOf(changes).length === MANY_LINKS, `${linksOf(changes).length} links of ${MANY_LINKS}`);
  }),
  check("PC-43", "what the link vertex does not take is forwarded all the same", async (bench) => {
    const { one } = bench;
    const { generation } = await attachWithTransit(bench);
    one.transit = { generation, taken: 0, code: "TRANSIT_FULL" };
    one.beat();
    await bench.bringUp("b", "c");
    await bench.carries("b", "c");
    await bench.carries("c", "b");
  }),
  check("PC-44", "a TransitReport is answered at once, with a heartbeat of its number", async (bench) => {
    const { one } = bench;
    const { generation } = await attachWithTransit(bench);
    await takeTable(one, generation);
    let best = Infinity;
    for (let number = 1; number <= TRIES; number++) {
      await one.heartbeat();
      const start = performance.now();
      one.send({ kind: "transit-report", number, generation, links: [], pairs: [], labels: [], classes: [] });
      await one.until(
        `a heartbeat with report ${number}`,
        () => one.all("heartbeat").at(-1)?.body.transitReport === number,
      );
      best = Math.min(best, performance.now() - start);
    }
    demand(best < AT_ONCE_MS, `the fastest of ${TRIES} came after ${best.toFixed(0)} ms`);
  }),
];
