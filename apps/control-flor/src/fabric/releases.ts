import { compareTexts } from "./compare-texts.ts";
import type { FabricView } from "./fabric-view.ts";
import { recordRef } from "./record-ref.ts";
import type { ReleaseResource } from "./resources.ts";

/** The releases in force, by their channels, with what the agent has heard of the nodes that are to take them. */
export function releasesOf({
  records,
  releases,
}: Pick<FabricView, "records" | "releases">): readonly ReleaseResource[] {
  return records("release")
    .map((record): ReleaseResource => {
      const { subject: channel, epoch, body } = record;
      // Counts are asked for apart from records: those of a former stage say nothing of this one.
      const told = releases.releases.find((each) => each.channel === channel && each.epoch === epoch);
      const ofChannel = <Item extends { readonly channel: string }>(items: readonly Item[]): readonly Item[] =>
        items.filter((item) => item.channel === channel);
      return {
        channel,
        version: body.version,
        stage: body.stage,
        rollback: { lowest: body.rollback.lowest, until: timeOf(body.rollback.until) },
        deadline: body.deadline === undefined ? null : timeOf(body.deadline),
        steps: body.rule?.steps ?? [],
        leaves: body.leaves,
        progress: told === undefined ? null : { inStage: told.inStage, whole: told.whole, back: told.back },
        versions: ofChannel(releases.versions).map(({ version, told: nodes, states }) => ({ version, nodes, states })),
        troubled: ofChannel(releases.nodes).map(({ node, version, state, code }) => ({ node, version, state, code })),
        record: recordRef(record),
      };
    })
    .toSorted((a, b) => compareTexts(a.channel, b.channel));
}

/** The last time that JavaScript can write. */
const TIME_MAX = 8_640_000_000_000_000;

function timeOf(ms: number): string {
  return new Date(Math.min(ms, TIME_MAX)).toISOString();
}
