/** Proposals of `release` records: each follows the one in force, and stands above whatever its signers may have signed already. */
import {
  bodyOf,
  describeChange,
  describeRecord,
  type Fact,
  type ReleaseBody,
  writeRecordText,
} from "@florenetes/facts";
import { proposeRecord, requireRecord } from "@florenetes/facts/authoring";
import { askInForce } from "../fabric/asked-agent.ts";
import type { RepositoryFolder } from "./repository-folder.ts";

/** The record of a channel that is in force: an agent's, or the one that was published last from here. */
export function inForce(
  repository: RepositoryFolder,
  channel: string,
  agent: string | undefined,
): Promise<Fact | undefined> {
  if (agent === undefined) return Promise.resolve(repository.publishedRecord(channel)?.fact);
  return askInForce(agent, { kind: "release", scope: "cluster", subject: channel });
}

export function releaseOf(fact: Fact | undefined): ReleaseBody | undefined {
  return fact === undefined || fact.void === true ? undefined : bodyOf(fact, "release");
}

/** Stages the proposal of a record, and says what it changes. Throws ERR_FABRIC_PROPOSAL. */
export function stageRelease(
  repository: RepositoryFolder,
  channel: string,
  body: ReleaseBody,
  after: Fact | undefined,
): string {
  const now = Date.now();
  // A proposal that was signed already is not proposed otherwise with its own epoch: its signers would not sign it.
  const staged = repository.stagedRecord(channel)?.fact.epoch ?? 0;
  const octets = proposeRecord({
    kind: "release",
    cluster: repository.description.cluster,
    subject: channel,
    body,
    now,
    after,
    epoch: Math.max(after?.epoch ?? 0, staged) + 1,
  });
  repository.stageRecord(channel, writeRecordText(octets));
  const fact = requireRecord(octets);
  return after === undefined ? describeRecord(fact, now) : describeChange(fact, after, now);
}
