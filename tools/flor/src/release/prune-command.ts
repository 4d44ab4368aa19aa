import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compareVersions, targetPathOf } from "@florenetes/releases";
import { makeTargets } from "@florenetes/releases/authoring";
import type { Command } from "commander";
import type { Output } from "../output.ts";
import { TARGETS_LIFE_MS } from "./limits.ts";
import { releaseError } from "./release-error.ts";
import { releaseOf } from "./release-proposal.ts";
import { RepositoryFolder } from "./repository-folder.ts";
import { type ListedTarget, listTargets } from "./targets.ts";

/** `flor release prune`. */
export function addReleasePrune(release: Command, output: Output): void {
  release
    .command("prune")
    .description(
      "stage targets without the packages to which no node may go back any more, and delete files that nothing names",
    )
    .argument("<repo>", "the repository")
    .action((repo: string) => prune(repo, output));
}

function prune(repo: string, output: Output): void {
  const repository = RepositoryFolder.open(repo);
  const published = repository.publishedTargets();
  if (published === undefined) throw releaseError("ERR_FLOR_RELEASE_NOTHING", "nothing was published yet", repo);
  const targets = listTargets(repository.stagedTargets() ?? published);
  const lowest = lowestOf(repository);
  const kept = [...targets.values()].filter((target) => isNeeded(target, lowest));
  for (const { name } of targets.values())
    if (!kept.some((target) => target.name === name)) output.out(`no more  ${name}`);
  if (kept.length < targets.size) {
    const next = { version: published.signed.version + 1, expires: Date.now() + TARGETS_LIFE_MS };
    repository.stage("targets", makeTargets(next, kept));
    output.err(`Nobody has signed it yet. Their files go by the next \`flor release prune\` after it is published. Each of those who sign:
  $ flor release sign ${repo} --key <dir>`);
  }
  removeFiles(repository, [...listTargets(published).values(), ...targets.values()], output);
}

/** The lowest version that a record of any channel has, or lets nodes go back to. */
function lowestOf(repository: RepositoryFolder): string | undefined {
  const bodies = [...repository.publishedRecords(), ...repository.stagedRecords()].map(({ fact }) => releaseOf(fact));
  const versions = bodies.flatMap((body) => {
    if (body === undefined) return [];
    return [body.version, body.rollback.lowest, ...body.packages.map(({ version }) => version)];
  });
  return versions.toSorted(compareVersions)[0];
}

function isNeeded({ name }: ListedTarget, lowest: string | undefined): boolean {
  return lowest === undefined || compareVersions(name.split("_")[1]!, lowest) >= 0;
}

function removeFiles(repository: RepositoryFolder, named: readonly ListedTarget[], output: Output): void {
  const paths = new Set(named.map(targetPathOf));
  for (const name of readdirSync(join(repository.published, "targets"))) {
    if (paths.has(`targets/${name}`)) continue;
    rmSync(join(repository.published, "targets", name), { force: true });
    output.out(`deleted  ${name}`);
  }
}
