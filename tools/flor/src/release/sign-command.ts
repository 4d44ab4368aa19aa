import { describeChange, describeRecord, writeRecordText } from "@florenetes/facts";
import { attachSignature, signedOctetsOf } from "@florenetes/releases/authoring";
import { formatFields } from "@florenetes/operator-text";
import type { Command } from "commander";
import { SignerFolder, type SigningOptions, withSigningOptions } from "../fabric/operator-keys.ts";
import type { Output } from "../output.ts";
import { releaseError } from "./release-error.ts";
import { RepositoryFolder } from "./repository-folder.ts";
import { describeCounts, type Staged, stagedOf } from "./signatures.ts";
import { listTargets } from "./targets.ts";

/** `flor release sign`. */
export function addReleaseSign(release: Command, output: Output): void {
  withSigningOptions(release.command("sign"))
    .description("show all that waits for a key's signature, and sign it: root, targets and records")
    .argument("<repo>", "the repository")
    .action((repo: string, options: SigningOptions) => signStaged(repo, options, output));
}

async function signStaged(repo: string, options: SigningOptions, output: Output): Promise<void> {
  const repository = RepositoryFolder.open(repo);
  const signer = new SignerFolder(options);
  const key = signer.publicKey("update");
  const waiting = stagedOf(repository).filter(({ counts }) =>
    counts.some(({ listed, signers }) => listed.includes(key) && !signers.includes(key)),
  );
  if (waiting.length === 0)
    throw releaseError(
      "ERR_FLOR_RELEASE_NOTHING",
      `nothing waits for the signature of ${repository.nameOf(key)}`,
      repo,
    );
  for (const each of waiting) output.out(`${each.what}\n${describeStaged(each, repository)}`);
  for (const each of waiting) await sign(each, key, signer, repository);
  output.out(formatFields(stagedOf(repository).map((each) => [each.what, describeCounts(each, repository)] as const)));
}

async function sign(staged: Staged, key: string, signer: SignerFolder, repository: RepositoryFolder): Promise<void> {
  if (staged.kind === "record") {
    const { fact, octets } = staged.record;
    repository.stageRecord(fact.subject, writeRecordText(await signer.sign(fact, octets)));
    return;
  }
  const { kind, metadata } = staged;
  attachSignature(metadata, key, await signer.signDocument("update", signedOctetsOf(metadata)));
  repository.stage(kind, metadata);
}

function describeStaged(staged: Staged, repository: RepositoryFolder): string {
  if (staged.kind === "record") {
    const { fact } = staged.record;
    const before = repository.publishedRecord(fact.subject)?.fact;
    return before === undefined ? describeRecord(fact, Date.now()) : describeChange(fact, before, Date.now());
  }
  const { expires } = staged.metadata.signed;
  if (staged.kind === "targets") {
    const [before, next] = [listTargets(repository.publishedTargets()), listTargets(staged.metadata)];
    const added = [...next.values()].filter(({ name }) => !before.has(name));
    const removed = [...before.keys()].filter((name) => !next.has(name));
    return formatFields(
      [
        ["until", expires],
        ["packages", `${next.size}`],
        ...added.map(({ name, sha256 }) => ["new", `${name} sha256:${sha256}`] as const),
        ...removed.map((name) => ["no more", name] as const),
      ],
      "  ",
    );
  }
  const { roles, keys } = staged.metadata.signed;
  const namesOf = (role: string): string =>
    roles[role]!.keyIDs.map((id) => keys[id]!.keyVal["public"]!)
      .map((key) => `${repository.nameOf(key)} (${key})`)
      .join(", ");
  return formatFields(
    [
      ["until", expires],
      ["root and targets", `${roles["targets"]!.threshold} of ${namesOf("targets")}`],
      ["daily files", namesOf("timestamp")],
    ],
    "  ",
  );
}
