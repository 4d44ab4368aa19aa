import { STAGE_MAX } from "@florenetes/facts";
import { type Command, InvalidArgumentError } from "commander";
import type { Output } from "../output.ts";
import { releaseError } from "./release-error.ts";
import { inForce, releaseOf, stageRelease } from "./release-proposal.ts";
import { RepositoryFolder } from "./repository-folder.ts";

interface StageOptions {
  readonly channel: string;
  readonly agent?: string;
}

/** `flor release stage` and `flor release stop`. */
export function addReleaseStages(release: Command, output: Output): void {
  withChannel(release.command("stage"))
    .description("propose another stage for the release of a channel: it waits for signatures")
    .requiredOption("--to <n>", "nodes that take it, in 1/10,000", parseStage)
    .action((repo: string, options: StageOptions & { readonly to: number }) =>
      propose(repo, options, options.to, output),
    );
  withChannel(release.command("stop"))
    .description("propose that no more nodes take the release of a channel: stage 0, which waits for signatures")
    .action((repo: string, options: StageOptions) => propose(repo, options, 0, output));
}

function withChannel(command: Command): Command {
  return command
    .argument("<repo>", "the repository")
    .requiredOption("--channel <name>", "the channel")
    .option(
      "--agent <socket>",
      "the admin socket of an agent, which has the record in force (default: as published from here)",
    );
}

async function propose(repo: string, { channel, agent }: StageOptions, stage: number, output: Output): Promise<void> {
  const repository = RepositoryFolder.open(repo);
  const after = await inForce(repository, channel, agent);
  const body = releaseOf(after);
  if (body === undefined)
    throw releaseError("ERR_FLOR_RELEASE_NOTHING", `no release of the channel ${channel} is in force`, repo);
  output.out(stageRelease(repository, channel, { ...body, stage }, after));
  output.err(`Nobody has signed it yet. Each of those who sign:
  $ flor release sign ${repo} --key <dir>`);
}

function parseStage(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value <= STAGE_MAX) return value;
  throw new InvalidArgumentError(`A whole number from 0 to ${STAGE_MAX} is needed.`);
}
