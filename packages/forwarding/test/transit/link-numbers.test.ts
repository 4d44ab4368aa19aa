/** Numbers of links are used again, and late news of a link never meet the link that has its slot now. */
import { GENERATIONS, slotOf } from "../../src/labels/slot-number.ts";
import { LINKS_MAX, type TransitChange } from "@florenetes/portal-api";
import { isSoak } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { DelegatedTransit, type NumberedChange, type TransitThread } from "../../src/transit/delegated-transit.ts";
import { TRANSIT_PAIRS_MAX } from "../../src/transit/limits.ts";
import { OffloadedTransit } from "../../src/transit/offloaded-transit.ts";
import { linkUp, packetOf } from "./hand-over-world.ts";

const rates = { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 };

/** A table with a link to `peer` and the link that stays; each leads to the other. */
function changesFor(peer: string): readonly TransitChange[] {
  return [
    { operation: "link", key: { peer, tag: "0" }, label: 20 },
    { operation: "link", key: { peer: "stays", tag: "0" }, label: 21 },
    { operation: "permit", link: 0, outLink: 1 },
    { operation: "permit", link: 1, outLink: 0 },
  ];
}

/** Takes every table as soon as it comes, as the data thread does. */
class Thread implements TransitThread {
  /** All numbers of links that were ever handed over. */
  readonly links = new Set<number>();
  /** The handles of links, as the thread was told. */
  readonly handles = new Map<number, number>();
  onTaken: (table: number, taken: number) => void = () => {};

  setLink(link: number, { handle }: { readonly handle: number }): void {
    this.handles.set(link, handle);
  }

  begin(): void {}

  change(table: number, first: number, changes: readonly NumberedChange[]): void {
    for (const change of changes) if (change.operation === "link") this.links.add(change.link);
    this.onTaken(table, first + changes.length);
  }

  drop(): void {}

  tell(): void {}

  figures(): { labels: number; packetsDecided: number } {
    return { labels: 0, packetsDecided: 0 };
  }
}

describe("numbers that are handed to another thread", () => {
  function delegated() {
    const thread = new Thread();
    const transit = new DelegatedTransit(thread);
    thread.onTaken = (table, taken) => transit.handleTaken(table, taken, "");
    transit.handleAttached("c1");
    let generation = 0;
    const take = (peer: string): void => {
      generation++;
      transit.handleChanges({ generation, first: 0, whole: 4, ...rates, changes: changesFor(peer) });
      expect(transit.progress).toEqual({ generation, taken: 4, code: "" });
    };
    return { thread, transit, take };
  }

  test("have slots below the most links of a portal, whatever comes and goes, and none comes twice", () => {
    const { thread, take } = delegated();
    const rounds = 3 * LINKS_MAX;
    for (let round = 0; round < rounds; round++) take(`p${round}`);
    expect(thread.links.size).toBe(rounds + 1);
    expect(Math.max(...[...thread.links].map(slotOf))).toBe(LINKS_MAX - 1);
    expect(rounds / LINKS_MAX).toBeLessThan(GENERATIONS);
  });

  test("are not those of a former link: its late states change nothing, and it has a new one when it comes again", () => {
    const { thread, transit, take } = delegated();
    transit.handleStatus(linkUp("p0", 7));
    take("p0");
    const [first] = thread.links;
    expect(thread.handles.get(first!)).toBe(7);
    let next = first!;
    for (let round = 1; next === first || slotOf(next) !== slotOf(first!); round++) {
      expect(round).toBeLessThan(2 * LINKS_MAX);
      take(`p${round}`);
      next = [...thread.links].at(-1)!;
    }
    expect(thread.handles.get(first!), "it was told to be down before its slot was another one's").toBe(0);
    transit.handleStatus(linkUp("p0", 8));
    expect([thread.handles.get(first!), thread.handles.get(next)]).toEqual([0, undefined]);
    take("p0");
    const again = [...thread.links].at(-1)!;
    expect([first, next]).not.toContain(again);
    expect(thread.handles.get(again)).toBe(8);
  });
});

describe("numbers of this thread", () => {
  function offloaded() {
    const transit = new OffloadedTransit({ packetSizeMax: 16_384, now: () => 1, seed: 1, send: () => {} });
    transit.handleAttached("c1");
    transit.handleStatus(linkUp("stays", 1));
    let generation = 0;
    const take = (peer: string): void => {
      generation++;
      transit.handleChanges({ generation, first: 0, whole: 4, ...rates, changes: changesFor(peer) });
      expect(transit.progress).toEqual({ generation, taken: 4, code: "" });
    };
    return { transit, take };
  }

  // A whole table of links takes many seconds of CPU time.
  test.runIf(isSoak)("very many links are replaced in one life, with their ways", () => {
    const { take } = offloaded();
    for (let round = 0; round < TRANSIT_PAIRS_MAX; round++) take(`p${round}`);
  });

  test("a link whose slot another one had is counted from 0", () => {
    const { transit, take } = offloaded();
    const pass = (handle: number, number: number): void => {
      const { packet, start, end } = packetOf(21, number);
      expect(transit.handlePacket(handle, packet, start, end)).toBe(true);
    };
    transit.handleStatus(linkUp("p0", 2));
    take("p0");
    pass(2, 1);
    expect(transit.pollReport()!.links[0]).toMatchObject({ link: 0, packetsForwarded: 1 });
    for (let round = 1; round < LINKS_MAX - 1; round++) take(`p${round}`);
    transit.handleClosed({ peer: "p0", tag: "0" });
    transit.handleStatus(linkUp("next", 3));
    take("next");
    pass(3, 2);
    expect(transit.pollReport()!.links.find(({ link }) => link === 0)).toMatchObject({ packetsForwarded: 1 });
  });
});
