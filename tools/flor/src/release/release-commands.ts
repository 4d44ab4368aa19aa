import type { Command } from "commander";
import type { Output } from "../output.ts";
import { addReleaseAdd } from "./add-command.ts";
import { addReleaseInit } from "./init-command.ts";
import { addReleasePrune } from "./prune-command.ts";
import { addReleasePublish } from "./publish-command.ts";
import { addReleaseRefresh } from "./refresh-command.ts";
import { addReleaseRenew } from "./renew-command.ts";
import { addReleaseShow } from "./show-command.ts";
import { addReleaseSign } from "./sign-command.ts";
import { addReleaseStages } from "./stage-command.ts";
import { addReleaseStatus } from "./status-command.ts";

/** `flor release …`: packages that nodes take by themselves, and which nodes take them now. */
export function addReleaseCommands(program: Command, output: Output, finish: (exitCode: number) => void): void {
  const release = program
    .command("release")
    .description("a repository of packages, which several people sign, and releases that nodes take in stages")
    .helpCommand(false);
  addReleaseInit(release, output);
  addReleaseAdd(release, output);
  addReleaseSign(release, output);
  addReleasePublish(release, output, finish);
  addReleaseStages(release, output);
  addReleaseRefresh(release, output);
  addReleaseRenew(release, output);
  addReleasePrune(release, output);
  addReleaseShow(release, output);
  addReleaseStatus(release, output, finish);
}
