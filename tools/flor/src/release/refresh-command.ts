import type { Command } from "commander";
import type { Output } from "../output.ts";
import { ONLINE_LIFE_MS } from "./limits.ts";
import { noticesOf } from "./notices.ts";
import { publishFiles } from "./publication.ts";
import { releaseError } from "./release-error.ts";
import { RepositoryFolder } from "./repository-folder.ts";

/** `flor release refresh`. */
export function addReleaseRefresh(release: Command, output: Output): void {
  release
    .command("refresh")
    .description("sign snapshot and timestamp anew where half of their life has passed: to be run each day")
    .argument("<repo>", "the repository")
    .action((repo: string) => refresh(repo, output));
}

async function refresh(repo: string, output: Output): Promise<void> {
  const repository = RepositoryFolder.open(repo);
  const [timestamp, snapshot] = [repository.publishedTimestamp(), repository.publishedSnapshot()];
  if (timestamp === undefined || snapshot === undefined)
    throw releaseError("ERR_FLOR_RELEASE_NOTHING", "nothing was published yet", repo);
  const expires = Math.min(timestamp.expires, snapshot.expires);
  const isDue = expires - Date.now() < ONLINE_LIFE_MS / 2;
  if (isDue) await publishFiles(repository, {});
  const end = new Date(isDue ? repository.publishedTimestamp()!.expires : expires).toISOString();
  output.out(isDue ? `signed anew, until ${end}` : `nothing to do: good until ${end}`);
  for (const notice of noticesOf(repository)) output.err(notice);
}
