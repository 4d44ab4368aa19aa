import { describe, expect, test } from "vitest";
import {
  type BothEnds,
  carriedIn,
  judgeMixedLoad,
  judgeOneDownload,
  type Shard,
  type Span,
} from "../src/vpn/shards.ts";

const NOTHING: BothEnds = { client: [], exit: [] };

/** Packets from the exit to the client, by class and shard: sent, and lost of these. */
function spanOf(packets: readonly (readonly [name: string, shard: number, sent: number, lost?: number])[]): Span {
  const end = (isExit: boolean): Shard[] =>
    packets.map(([name, shard, sent, lost = 0]) => ({
      class: name,
      shard,
      sentPackets: isExit ? sent : 0,
      receivedPackets: isExit ? 0 : sent - lost,
    }));
  return { before: NOTHING, after: { client: end(false), exit: end(true) } };
}

test("packets count from the beginning of a time to its end, in both directions", () => {
  const shard = { class: "dns", shard: 0 };
  const before = {
    client: [{ ...shard, sentPackets: 5, receivedPackets: 3 }],
    exit: [{ ...shard, sentPackets: 3, receivedPackets: 5 }],
  };
  const after = {
    client: [{ ...shard, sentPackets: 15, receivedPackets: 10 }],
    exit: [{ ...shard, sentPackets: 11, receivedPackets: 13 }],
  };
  expect(carriedIn({ before, after }, "dns")).toEqual({ sent: 18, lost: 3 });
  expect(carriedIn({ before, after }, "bulk")).toEqual({ sent: 0, lost: 0 });
  expect(carriedIn({ before, after })).toEqual({ sent: 18, lost: 3 });
});

describe("a single download", () => {
  test.each([
    ["fills one shard", [0, 0, 900, 0], 0],
    ["is in two shards", [1, 0, 900, 0], 1],
    ["is in none", [0, 0, 0, 0], 1],
  ])("%s", (_, sent, findings) => {
    const span = spanOf(sent.map((packets, shard) => ["bulk", shard, packets] as const));
    expect(judgeOneDownload(span).findings).toHaveLength(findings);
  });
});

describe("a mixed load", () => {
  const bulk = [
    ["bulk", 0, 5_000, 30],
    ["bulk", 1, 5_000],
  ] as const;
  const small = [
    ["interactive", 0, 90],
    ["dns", 0, 20],
  ] as const;

  test.each([
    ["is sharded, and loses of bulk alone", [...bulk, ...small], []],
    ["has all downloads in one shard", [["bulk", 0, 9_000], ...small], ["all downloads were in one shard"]],
    [
      "has a download among other packets",
      [...bulk, ...small, ["reliable", 3, 200]],
      ["200 of 10310 packets were in shards of a class that nothing has"],
    ],
    ["loses an answer of a resolver", [...bulk, small[0], ["dns", 0, 20, 1]], ["1 of 20 packets of dns were dropped"]],
  ] as const)("%s", (_, packets, findings) => {
    const span = spanOf(packets);
    const load = { whole: span, full: span, answers: { interactive: 9, dns: 5 } };
    expect(judgeMixedLoad(load).findings).toEqual(findings);
  });

  test("has programs that get no answer", () => {
    const span = spanOf([...bulk, ...small]);
    const findings = judgeMixedLoad({ whole: span, full: span, answers: { interactive: 0, dns: 5 } }).findings;
    expect(findings).toEqual(["nothing of interactive was answered"]);
  });
});
