import { TRANSIT_FEATURE, type TransitChange, type TransitProgress } from "@florenetes/portal-api";
import type { ClusterSide } from "../cluster-side.ts";
import { check, type Check } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";
import type { LinkBench } from "../link-bench.ts";

const LIMITS = { packetsPerSecond: 100_000, bytesPerSecond: 100_000_000 };

/** Sends a part of a table until a heartbeat is as it should be. */
async function offer(
  side: ClusterSide,
  generation: number,
  whole: number,
  changes: readonly TransitChange[],
  isRight: (progress: TransitProgress) => boolean,
): Promise<void> {
  side.forget();
  await side.until(`a heartbeat for table ${generation} with ${changes.length} changes`, () => {
    if (side.isConnected) side.send({ kind: "transit-changes", generation, first: 0, whole, ...LIMITS, changes });
    const told = side.all("heartbeat").at(-1)?.body.transit;
    return told?.generation === generation && isRight(told);
  });
}

export const TRANSIT_CHECKS: readonly Check<LinkBench>[] = [
  check("PA-45", "heartbeats tell which label table is taken, and which is not", async (bench) => {
    const { a } = bench;
    const { body } = await a.attach();
    if (!body.features.includes(TRANSIT_FEATURE)) throw new NotJudged("it does not have the feature `transit`");
    const links: TransitChange[] = [
      { operation: "link", key: { peer: "b", tag: bench.newTag() }, label: 201 },
      { operation: "link", key: { peer: "b", tag: bench.newTag() }, label: 202 },
    ];
    await offer(a, 1, links.length, [], ({ taken }) => taken === 0);
    await offer(a, 1, links.length, links, ({ taken, code }) => taken === links.length && code === "");
    const nowhere: TransitChange = { operation: "permit", link: 0, outLink: 9 };
    await offer(a, 2, 1, [nowhere], ({ code }) => code === "TRANSIT_INVALID");
    const { attachment } = await a.heartbeat();
    demand(attachment === a.attachment, `attachment ${attachment}, not ${a.attachment}`);
  }),
];
