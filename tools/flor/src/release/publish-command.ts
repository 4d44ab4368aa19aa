import { EXIT_CODES } from "@florenetes/operator-text";
import { targetPathOf } from "@florenetes/releases";
import { writeRecordText } from "@florenetes/facts";
import type { Command } from "commander";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeOutcome, handRecordsOn } from "../fabric/publish-command.ts";
import type { RecordFile } from "../fabric/record-files.ts";
import type { Output } from "../output.ts";
import { noticesOf } from "./notices.ts";
import { publishFiles } from "./publication.ts";
import { releaseError } from "./release-error.ts";
import { releaseOf } from "./release-proposal.ts";
import { RepositoryFolder } from "./repository-folder.ts";
import { describeCounts, isWhole, stagedOf } from "./signatures.ts";
import { listTargets } from "./targets.ts";

/** `flor release publish`. */
export function addReleasePublish(release: Command, output: Output, finish: (exitCode: number) => void): void {
  release
    .command("publish")
    .description("publish what is signed: readers find the whole of it at once; then hand the records to an agent")
    .argument("<repo>", "the repository")
    .option("--agent <socket>", "the agent's admin or control socket: it takes the records, and passes them on")
    .action((repo: string, options: { readonly agent?: string }) => publish(repo, options, output, finish));
}

async function publish(
  repo: string,
  { agent }: { readonly agent?: string },
  output: Output,
  finish: (exitCode: number) => void,
): Promise<void> {
  const repository = RepositoryFolder.open(repo);
  const staged = stagedOf(repository);
  if (staged.length === 0) throw releaseError("ERR_FLOR_RELEASE_NOTHING", "nothing is staged", repo);
  const missing = staged.filter((each) => !isWhole(each));
  if (missing.length > 0) {
    const text = missing.map((each) => `${each.what} (${describeCounts(each, repository)})`).join("; ");
    throw releaseError("ERR_FLOR_RELEASE_UNSIGNED", `too few have signed: ${text}`, repo);
  }
  const [root, targets] = [repository.stagedRoot(), repository.stagedTargets()];
  const records = repository.stagedRecords();
  requirePackages(repository, records);
  if (root !== undefined || targets !== undefined) {
    await publishFiles(repository, { root, targets });
    for (const name of ["root.json", "targets.json"]) repository.unstage(name);
    output.out(`published  ${staged.flatMap(({ kind, what }) => (kind === "record" ? [] : [what])).join(", ")}`);
  }
  await handOn(repository, records, agent, output, finish);
  for (const notice of noticesOf(repository)) output.err(notice);
}

/** A record names no packages that nodes would not find. */
function requirePackages(repository: RepositoryFolder, records: readonly RecordFile[]): void {
  const targets = listTargets(repository.stagedTargets() ?? repository.publishedTargets());
  for (const { fact, file } of records) {
    for (const { name, version, arch, sha256, length } of releaseOf(fact)?.packages ?? []) {
      const target = targets.get(`${name}_${version}_${arch}.deb`);
      const isThere =
        target?.sha256 === sha256 &&
        target.length === length &&
        existsSync(join(repository.published, targetPathOf(target)));
      if (!isThere)
        throw releaseError(
          "ERR_FLOR_RELEASE_PACKAGES",
          `the repository has not ${name} ${version} (${arch}) as the record names it`,
          file,
        );
    }
  }
}

async function handOn(
  repository: RepositoryFolder,
  records: readonly RecordFile[],
  agent: string | undefined,
  output: Output,
  finish: (exitCode: number) => void,
): Promise<void> {
  if (records.length === 0) return;
  const outcomes = agent === undefined ? [] : await handRecordsOn(records, agent);
  for (const [index, record] of records.entries()) {
    const { fact, octets } = record;
    const outcome = outcomes[index];
    if (outcome?.outcome === "refused") finish(EXIT_CODES.failed);
    else repository.noteRecord(fact.subject, writeRecordText(octets));
    if (outcome !== undefined) output.out(describeOutcome(`release ${fact.subject}`, outcome));
    else
      output.err(`No node takes it before an agent has its record:
  $ flor fabric publish ${join(repository.folder, "records", `${fact.subject}.fact`)} --agent <socket>`);
  }
}
