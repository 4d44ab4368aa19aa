import type { DeviceProfile, Fact, LinkFigures, ReportBody } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { compose, type Composed } from "../../src/compose.ts";
import { weightsOf } from "../../src/costs.ts";
import type { RouteGraph } from "../../src/graph.ts";
import { leftOutRelays } from "../../src/left-out.ts";
import { Plan } from "../../src/plan.ts";
import { Reports } from "../../src/reports.ts";
import { UPLINK_MS, UPLINK_TRIAL_MS } from "../../src/scoring/limits.ts";
import type { PhoneWord } from "../../src/scoring/phone-watch.ts";
import { type PhoneGrounds, Phones, phoneTierOf } from "../../src/scoring/phones.ts";
import { bestLinkOf, uplinkOf } from "../../src/scoring/told-links.ts";
import {
  directoryOfNodes,
  GOOD,
  graphOf,
  link,
  NOW,
  OFFER,
  profileOf,
  RELAY,
  reportOf,
  type TestLink,
  type TestNode,
  type TestNodes,
  WANT,
} from "../world.ts";
import { DEVICE, OPEN } from "./candidates.ts";

const over = (...relays: readonly string[]): TestLink[] => relays.flatMap((name) => [link("o", name), link(name, "h")]);
const PHONE: TestNode = { ...RELAY, mobile: ["cluster"] };
const GROUNDS: PhoneGrounds = { tier: 3, wordOf: () => OPEN };

/** A graph in which the profile of p has a device. */
function phoneGraph(phone: TestNode, device: DeviceProfile | undefined, phones: PhoneGrounds | undefined): RouteGraph {
  const nodes: TestNodes = { o: {}, h: {}, r: RELAY, p: phone };
  return graphOf(nodes, over("r", "p"), ["north"], phones, device === undefined ? [] : [profileOf("p", device)]);
}

/** Relays of the lease, and those that it leaves out with the reason. */
function leased(...terms: Parameters<typeof phoneGraph>): readonly [string[], string[]] {
  const options = { graph: phoneGraph(...terms), weights: weightsOf(undefined), plan: new Plan(), coordinators: 1 };
  const found = compose(WANT, options) as Composed;
  const used = found.routes.flatMap(({ pairs }) => pairs.map(({ relay }) => relay)).toSorted();
  return [used, leftOutRelays(WANT, found, ["r", "p"], options).map(({ relay, why }) => `${relay} ${why}`)];
}

describe("a relay that is a phone", () => {
  test("is in a lease where all its gates are open", () => {
    expect(leased(PHONE, DEVICE, GROUNDS)).toEqual([["p", "r"], []]);
  });

  test.each<
    readonly [fault: string, phone: TestNode, device: DeviceProfile | undefined, phones: PhoneGrounds | undefined]
  >([
    ["phone-policy", PHONE, DEVICE, undefined],
    ["phone-policy", PHONE, DEVICE, { ...GROUNDS, tier: undefined }],
    ["phone-tier", { ...PHONE, tier: 2 }, DEVICE, GROUNDS],
    ["phone-power", PHONE, DEVICE, { ...GROUNDS, wordOf: () => ({ ...OPEN, isPowered: false }) }],
    ["phone-power", PHONE, DEVICE, { ...GROUNDS, wordOf: () => undefined }],
    ["phone-network", PHONE, undefined, GROUNDS],
    ["phone-network", PHONE, { ...DEVICE, network: "none" }, GROUNDS],
    ["phone-metered", PHONE, { ...DEVICE, metered: true }, GROUNDS],
    ["phone-foreground", PHONE, { ...DEVICE, foreground: false }, GROUNDS],
    ["phone-reach", { ...PHONE, report: { offer: OFFER, nat: "mapped" } }, DEVICE, GROUNDS],
    ["phone-uplink", PHONE, DEVICE, { ...GROUNDS, wordOf: () => ({ ...OPEN, hasUplink: false }) }],
    ["phone-policy", { ...PHONE, mobile: ["org/acme"] }, DEVICE, undefined],
  ])("is in none where %s is shut, and that is told", (fault, phone, device, phones) => {
    expect(leased(phone, device, phones)).toEqual([["r"], [`p ${fault}`]]);
  });

  test("is one by its role in its own partition and organization alone", () => {
    expect(leased({ ...RELAY, mobile: ["org/other"] }, undefined, undefined)[0]).toEqual(["p", "r"]);
    expect(leased(RELAY, { ...DEVICE, metered: true }, undefined)[0]).toEqual(["p", "r"]);
  });
});

test("a policy lets phones carry by naming their tier", () => {
  expect(phoneTierOf(undefined)).toBeUndefined();
  expect(phoneTierOf({ tiers: [{ role: "relay", tier: 3 }] })).toBeUndefined();
  expect(phoneTierOf({ tiers: [{ role: "mobile-edge", tier: 0 }] })).toBe(0);
});

describe("what is seen of phones over time", () => {
  const MINUTE = 60_000;
  const nodes: TestNodes = { p: PHONE, r: RELAY, x: RELAY };
  const directory = directoryOfNodes(nodes);
  const figures = (rate: number, loss: number): LinkFigures => [1_000, 0, loss, rate, 0, 1_400, 0];
  const told = (peer: string, each: LinkFigures, label = 16): ReportBody["links"] => [{ label, peer, figures: each }];

  /** The word of the watch over a node after so many reports of its own, a minute apart. */
  function seen(
    count: number,
    own: ReportBody["links"],
    others: Readonly<Record<string, ReportBody["links"]>>,
  ): PhoneWord | undefined {
    const reports = new Reports();
    const phones = new Phones();
    const say = (name: string, links: ReportBody["links"], at: number): void => {
      const fact: Fact = reportOf(name, { links }, NOW + at, at + 1);
      reports.take(fact, NOW + at);
      phones.look(name, { directory, reports, profiles: new Reports() }, at);
    };
    for (let minute = 0; minute < count; minute++) {
      for (const [name, links] of Object.entries(others)) say(name, links, minute * MINUTE);
      say("p", own, minute * MINUTE);
    }
    expect(phones.wordOf("r", 0)).toBeUndefined();
    const word = phones.wordOf("p", (count - 1) * MINUTE);
    phones.keep(new Set(["r"]));
    expect(phones.wordOf("p", (count - 1) * MINUTE)).toBeUndefined();
    return word;
  }

  test("an uplink counts where both ends tell it, with the worse figures", () => {
    const good = figures(9_000, 0);
    expect(seen(11, told("r", good), { r: told("p", good) })).toMatchObject({ hasUplink: true, last: { rate: 9_000 } });
    expect(seen(10, told("r", good), { r: told("p", good) })).toMatchObject({ hasUplink: false });
    expect(seen(11, told("r", good), { r: told("p", figures(4_000, 0)) })).toMatchObject({
      hasUplink: false,
      last: { rate: 4_000 },
    });
    expect(seen(11, told("r", good), { r: [] })?.last).toMatchObject({ rate: undefined });
    expect(seen(11, told("r", good), {})?.last).toMatchObject({ rate: undefined });
  });

  test("in a cluster for trials an uplink has to be good for a shorter time, and the gate says for how long", () => {
    for (const [isTrial, neededMs] of [
      [true, UPLINK_TRIAL_MS],
      [false, UPLINK_MS],
    ] as const) {
      const [reports, phones] = [new Reports(), new Phones(isTrial)];
      for (const [name, peer] of [
        ["r", "p"],
        ["p", "r"],
      ] as const) {
        reports.take(reportOf(name, { links: told(peer, figures(9_000, 0)) }, NOW, 1), NOW);
        phones.look(name, { directory, reports, profiles: new Reports() }, 0);
      }
      expect(phones.wordOf("p", UPLINK_TRIAL_MS)).toMatchObject({ hasUplink: isTrial, neededMs });
      expect(phones.wordOf("p", UPLINK_TRIAL_MS - 1)).toMatchObject({ hasUplink: false });
    }
  });

  test("a neighbour that tells the worst of its link shuts no gate while another link is good", () => {
    const [good, bad] = [figures(9_000, 0), figures(0, 1_000_000)];
    const own = [...told("r", good), ...told("x", good, 17)];
    expect(seen(11, own, { r: told("p", good), x: told("p", bad) })).toMatchObject({ hasUplink: true });
  });

  test("a look tells when all gates but those of the policy have opened, and when one of them has shut", () => {
    const [reports, profiles, phones] = [new Reports(), new Reports(), new Phones()];
    const good = figures(9_000, 0);
    let epoch = 0;
    const turns = (at: number, report: Partial<ReportBody>, device: object): boolean => {
      reports.take(reportOf("r", { links: told("p", good) }, NOW + at, ++epoch), NOW + at);
      reports.take(reportOf("p", { links: told("r", good), nat: "none", ...report }, NOW + at, ++epoch), NOW + at);
      profiles.take(profileOf("p", { ...DEVICE, ...device }, NOW + at, ++epoch), NOW + at);
      return phones.look("p", { directory, reports, profiles }, at);
    };
    const minutes = Array.from({ length: 12 }, (_, minute) => turns(minute * MINUTE, {}, {}));
    expect(minutes.indexOf(true)).toBe(10);
    expect(minutes.lastIndexOf(true)).toBe(10);
    expect(turns(12 * MINUTE, {}, { battery: 79 })).toBe(false);
    for (const [report, device] of [
      [{}, { charging: false, battery: 44 }],
      [{}, { network: "none" }],
      [{}, { metered: true }],
      [{ metered: true }, {}],
      [{}, { foreground: false }],
      [{ nat: "mapped" }, {}],
    ] as const) {
      expect(turns(12 * MINUTE, report, device)).toBe(true);
      expect(turns(12 * MINUTE, { nat: "mapped" }, { network: "none" })).toBe(false);
      expect(turns(12 * MINUTE, {}, {})).toBe(true);
    }
    expect(turns(12 * MINUTE, { links: [] }, {})).toBe(true);
    expect(turns(13 * MINUTE, {}, {})).toBe(false);
  });

  test("nothing is seen of nodes that are no phones, or are none any more", () => {
    const reports = new Reports();
    const phones = new Phones();
    const fact = reportOf("p", {});
    reports.take(fact, NOW);
    phones.look("p", { directory, reports, profiles: new Reports() }, 0);
    expect(phones.wordOf("p", 0)).toMatchObject({ isPowered: false, hasUplink: false });
    phones.look("p", { directory: directoryOfNodes({ p: RELAY }), reports, profiles: new Reports() }, 0);
    expect(phones.wordOf("p", 0)).toBeUndefined();
    reports.take(reportOf("stranger", {}), NOW);
    phones.look("stranger", { directory, reports, profiles: new Reports() }, 0);
    expect(phones.wordOf("stranger", 0)).toBeUndefined();
  });
});

test("the uplink is the fastest link that loses little, and the best link costs a route the least", () => {
  const fast: LinkFigures = [50_000, 0, 19_999, 90_000, 0, 1_400, 0];
  const near: LinkFigures = [1_000, 0, 0, 4_000, 0, 1_400, 0];
  const lossy: LinkFigures = [1_000, 0, 20_000, 100_000, 0, 1_400, 0];
  expect(uplinkOf([near, lossy, fast])).toEqual(fast);
  expect(uplinkOf([[...GOOD].with(2, 500_000) as unknown as LinkFigures, lossy])).toEqual(lossy);
  expect(uplinkOf([])).toBeUndefined();
  expect(bestLinkOf([fast, near, lossy], weightsOf(undefined))).toEqual(near);
  expect(bestLinkOf([], weightsOf(undefined))).toBeUndefined();
});
