/** A log of ten entries, the policy that names its signers, and proposals for checkpoints of it. */
import { type Fact, type Signer, signPayload } from "../../src/fact.ts";
import { type CheckpointContent, proposeCheckpoint } from "../../src/log/checkpoint.ts";
import type { CheckpointKey } from "../../src/log/drivers/checkpoint-signer.ts";
import { type Entry, entriesAfter, type LogHead, originOf } from "../../src/log/entry.ts";
import { LogReader } from "../../src/log/log-reader.ts";
import { type SectionDigest, digestOfSection } from "../../src/log/section-digest.ts";
import { factOf } from "../held.ts";
import { type TestKey, testKey } from "../keys.ts";
import { alpha, beta, gamma, type Members, NOW, record } from "../records.ts";

const origin: LogHead = originOf("demo", "main");
const entries: readonly Entry[] = entriesAfter(
  origin,
  Array.from({ length: 10 }, (_, index) => Buffer.from(`record ${index}`)),
);
export const headAt = (index: number): LogHead => (index === 0 ? origin : entries[index - 1]!);

const signers: readonly TestKey[] = [alpha, beta, gamma];
export const sections: readonly SectionDigest[] = [digestOfSection("entry", ["ab".repeat(32), "cd".repeat(32)])];

/** The octets of a policy with these signers. */
export function policyRecord(epoch: number, names: readonly TestKey[] = signers, members: Members = {}): Buffer {
  const log = { name: "main", signers: names.map(({ name, key }) => ({ node: name.replaceAll(" ", "-"), key })) };
  return record({ epoch, body: { log }, ...members });
}

export const policy: Fact = factOf(policyRecord(7));
export const stranger: TestKey = testKey("no signer");

/** The octets of a proposal at an entry of the log, unless something else is said. */
export function proposal(index: number, epoch: number, changes: Partial<CheckpointContent> = {}): Buffer {
  return proposeCheckpoint({
    cluster: "demo",
    log: "main",
    policy: 7,
    epoch,
    issued: NOW,
    head: headAt(index),
    sections,
    ...changes,
  });
}

/** The key of a signer in memory. */
export function keyOf(signer: Signer): CheckpointKey {
  return { keyId: signer.keyId, sign: (record) => signPayload(factOf(record).envelope.payload, [signer]) };
}

/** A reader that has read the log up to an entry. */
export function readerAt(index: number, seen?: LogHead): LogReader {
  const reader = new LogReader({ cluster: "demo", name: "main", judge: () => undefined, ...(seen && { seen }) });
  readOn(reader, index);
  return reader;
}

export function readOn(reader: LogReader, index: number): void {
  reader.handleHead({ head: headAt(index), isCurrent: true }, 0);
  for (let wanted = reader.pollRead(); wanted !== undefined; wanted = reader.pollRead()) {
    const { from, count } = wanted;
    const octets = entries.slice(from - 1, from - 1 + count).map((entry) => entry.octets);
    reader.handleEntries({ entries: octets, isCurrent: true });
  }
}
