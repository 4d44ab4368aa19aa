import type { ReleaseBody, StageRule } from "@florenetes/facts";
import { compareVersions } from "@florenetes/releases";
import { makeTargets } from "@florenetes/releases/authoring";
import { type Command, Option } from "commander";
import { parseCount, parseEnd } from "../fabric/proposal-options.ts";
import type { Output } from "../output.ts";
import { collectContract, OWN_CONTRACTS } from "./contracts.ts";
import { ROLLBACK_MS, TARGETS_LIFE_MS } from "./limits.ts";
import { copyPackages, type PackageFile, readReleasedFiles } from "./package-files.ts";
import { releaseError } from "./release-error.ts";
import { inForce, releaseOf, stageRelease } from "./release-proposal.ts";
import { RepositoryFolder } from "./repository-folder.ts";
import { parseRule } from "./stage-rule.ts";
import { type ListedTarget, listTargets } from "./targets.ts";

/** No version is lower. */
const ANY_VERSION = "0";

interface AddOptions {
  readonly packages: string;
  readonly channel: string;
  readonly stage?: number;
  readonly rollback?: string;
  readonly rollbackFor?: (now: number) => number;
  readonly deadline?: (now: number) => number;
  readonly leaves?: string;
  readonly rule?: StageRule;
  readonly contract?: ReleaseBody["contracts"];
  readonly agent?: string;
}

/** `flor release add`. */
export function addReleaseAdd(release: Command, output: Output): void {
  release
    .command("add")
    .description(
      "add the packages of a release, and propose the record that says which nodes take it; both wait for signatures",
    )
    .argument("<repo>", "the repository")
    .requiredOption("--packages <dir>", "folder with the Debian packages, of all processors")
    .requiredOption("--channel <name>", "the channel that is to have the release")
    .option("--stage <n>", "nodes that take it, in 1/10,000 (default: the rule's first step, else 0: none)", parseCount)
    .option(
      "--rule <rule>",
      "how programs' keys raise the stage: steps=100,1000,10000,whole=9500,back=100,hold=1h",
      parseRule,
    )
    .option(
      "--rollback <version>",
      "nodes go back to no lower version, and none that has a lower one takes it (default: as the release before; at first any)",
    )
    .option("--rollback-for <duration>", "how long they may go back (default: 30d)", parseEnd)
    .option(
      "--deadline <when>",
      "phones take it then without power and Wi-Fi, too: a time, or a duration as 14d",
      parseEnd,
    )
    .option("--leaves <names>", "nodes that are left behind though the release cannot speak to them: a,b")
    .addOption(
      new Option(
        "--contract <contract...>",
        "a contract that the release speaks, NAME:LOWEST:HIGHEST (default: those of this flor)",
      ).argParser(collectContract),
    )
    .option(
      "--agent <socket>",
      "the admin socket of an agent, which has the record in force (default: as published from here)",
    )
    .action((repo: string, options: AddOptions) => add(repo, options, output));
}

async function add(repo: string, options: AddOptions, output: Output): Promise<void> {
  const repository = RepositoryFolder.open(repo);
  const { version, packages } = await readReleasedFiles(options.packages);
  const before = listTargets(repository.stagedTargets() ?? repository.publishedTargets());
  const targets = new Map([...before, ...packages.map((each) => [each.target, requireSame(each, before)] as const)]);
  const after = await inForce(repository, options.channel, options.agent);
  const body = bodyFrom(version, packages, options, releaseOf(after), Date.now());
  const text = stageRelease(repository, options.channel, body, after);
  await copyPackages(packages, repository.published);
  const next = (repository.publishedTargets()?.signed.version ?? 0) + 1;
  repository.stage("targets", makeTargets({ version: next, expires: Date.now() + TARGETS_LIFE_MS }, targets.values()));
  output.out(text);
  output.err(`Nobody has signed it yet. Each of those who sign:
  $ flor release sign ${repo} --key <dir>`);
}

/** A name says one thing for ever: nodes and caches have files by it. */
function requireSame(each: PackageFile, before: ReadonlyMap<string, ListedTarget>): ListedTarget {
  const known = before.get(each.target);
  if (known !== undefined && known.sha256 !== each.sha256)
    throw releaseError(
      "ERR_FLOR_RELEASE_PACKAGES",
      "the repository has other octets under this name: a change takes another version",
      each.file,
    );
  return { name: each.target, length: each.length, sha256: each.sha256 };
}

function bodyFrom(
  version: string,
  packages: readonly PackageFile[],
  options: AddOptions,
  before: ReleaseBody | undefined,
  now: number,
): ReleaseBody {
  const { stage, rule, rollback, rollbackFor, deadline, leaves, contract } = options;
  return {
    version,
    packages: packages.map((each) => ({
      name: each.name,
      version: each.version,
      arch: each.arch,
      length: each.length,
      sha256: each.sha256,
    })),
    stage: stage ?? rule?.steps[0] ?? 0,
    contracts: contract ?? OWN_CONTRACTS,
    rollback: { lowest: rollback ?? lowestOf(before), until: rollbackFor?.(now) ?? now + ROLLBACK_MS },
    ...(deadline !== undefined && { deadline: deadline(now) }),
    leaves: leaves?.split(",").map((name) => name.trim()) ?? [],
    ...(rule !== undefined && { rule }),
  };
}

/** The version to which nodes may go back by default: any node takes the release then that could take the one before. */
function lowestOf(before: ReleaseBody | undefined): string {
  if (before === undefined) return ANY_VERSION;
  const { version, rollback } = before;
  return compareVersions(version, rollback.lowest) < 0 ? version : rollback.lowest;
}
