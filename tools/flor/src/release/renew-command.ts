import { makeRoot, makeTargets } from "@florenetes/releases/authoring";
import { openPublicKeyFolder } from "@florenetes/facts/authoring";
import type { Command } from "commander";
import { parseCount } from "../fabric/proposal-options.ts";
import type { Output } from "../output.ts";
import { ROOT_LIFE_MS, TARGETS_LIFE_MS } from "./limits.ts";
import { releaseError } from "./release-error.ts";
import { RepositoryFolder } from "./repository-folder.ts";
import { readSigners } from "./signers.ts";
import { listTargets } from "./targets.ts";

interface RenewOptions {
  readonly keys?: string;
  readonly threshold?: number;
}

/** `flor release renew`. */
export function addReleaseRenew(release: Command, output: Output): void {
  release
    .command("renew")
    .description("stage the next root and the targets of today for another term: they wait for signatures")
    .argument("<repo>", "the repository")
    .option("--keys <keys>", "those who sign from now on: all of them, as for init (default: as they are)")
    .option("--threshold <n>", "how many of them have to sign (default: as it is, or more than half)", parseCount)
    .action((repo: string, options: RenewOptions) => renew(repo, options, output));
}

function renew(repo: string, { keys, threshold }: RenewOptions, output: Output): void {
  const repository = RepositoryFolder.open(repo);
  const before = repository.publishedRoot();
  if (before === undefined) throw releaseError("ERR_FLOR_RELEASE_NOTHING", "no root was published yet", repo);
  const { roles, keys: listed, version } = before.signed;
  const { keyIDs, threshold: present } = roles["root"]!;
  const signers = keys === undefined ? undefined : readSigners(keys, threshold);
  const now = Date.now();
  const root = makeRoot(
    { version: version + 1, expires: now + ROOT_LIFE_MS },
    {
      operators: signers?.operators.map(({ key }) => key) ?? keyIDs.map((id) => listed[id]!.keyVal["public"]!),
      threshold: signers?.threshold ?? threshold ?? present,
      // A key that was put into the folder takes the place of the one before.
      online: openPublicKeyFolder(repository.keyFolder).publicKey.key,
    },
  );
  const published = repository.publishedTargets();
  const targets = listTargets(repository.stagedTargets() ?? published);
  const next = { version: (published?.signed.version ?? 0) + 1, expires: now + TARGETS_LIFE_MS };
  repository.stage("root", root);
  repository.stage("targets", makeTargets(next, targets.values()));
  if (signers !== undefined) repository.describe(withNames(repository, signers.operators));
  output.out(`staged  root ${root.signed.version}, targets ${next.version}`);
  output.err(`It takes the signatures of both roots' keys. Each of those who sign:
  $ flor release sign ${repo} --key <dir>`);
}

/** Signers of the root before keep their names here: the next root takes their signatures, too. */
function withNames(
  { description: { cluster, operators } }: RepositoryFolder,
  added: RepositoryFolder["description"]["operators"],
): RepositoryFolder["description"] {
  const keys = new Set(added.map(({ key }) => key));
  return { cluster, operators: [...operators.filter(({ key }) => !keys.has(key)), ...added] };
}
