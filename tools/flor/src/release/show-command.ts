import { formatFields } from "@florenetes/operator-text";
import type { Command } from "commander";
import type { Output } from "../output.ts";
import { noticesOf } from "./notices.ts";
import { releaseOf } from "./release-proposal.ts";
import { RepositoryFolder } from "./repository-folder.ts";
import { describeCounts, stagedOf } from "./signatures.ts";
import { listTargets } from "./targets.ts";

/** `flor release show`. */
export function addReleaseShow(release: Command, output: Output): void {
  release
    .command("show")
    .description("show what a repository has published, and what waits for how many signatures")
    .argument("<repo>", "the repository")
    .action((repo: string) => show(repo, output));
}

function show(repo: string, output: Output): void {
  const repository = RepositoryFolder.open(repo);
  const [root, targets] = [repository.publishedRoot(), repository.publishedTargets()];
  const [snapshot, timestamp] = [repository.publishedSnapshot(), repository.publishedTimestamp()];
  const term = (version: number, expires: number | string): string =>
    `${version}, until ${new Date(expires).toISOString()}`;
  const fields: (readonly [string, string])[] = [["cluster", repository.description.cluster]];
  if (root !== undefined) fields.push(["root", term(root.signed.version, root.signed.expires)]);
  if (targets !== undefined)
    fields.push([
      "targets",
      `${term(targets.signed.version, targets.signed.expires)}, ${listTargets(targets).size} packages`,
    ]);
  if (snapshot !== undefined) fields.push(["snapshot", term(snapshot.version, snapshot.expires)]);
  if (timestamp !== undefined) fields.push(["timestamp", term(timestamp.version, timestamp.expires)]);
  for (const { fact } of repository.publishedRecords()) {
    const body = releaseOf(fact);
    const what = body === undefined ? "void" : `${body.version}, stage ${body.stage}`;
    fields.push([`channel ${fact.subject}`, `${what}, epoch ${fact.epoch}`]);
  }
  for (const each of stagedOf(repository)) fields.push([`staged ${each.what}`, describeCounts(each, repository)]);
  output.out(formatFields(fields));
  for (const notice of noticesOf(repository)) output.err(notice);
}
