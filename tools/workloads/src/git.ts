import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ServerPlace } from "./server-place.ts";

/** git, without the configuration of the machine's user. */
export const GIT: readonly string[] = [
  "env",
  "GIT_CONFIG_GLOBAL=/dev/null",
  "GIT_CONFIG_NOSYSTEM=1",
  "git",
  "-c",
  "user.name=alice",
  "-c",
  "user.email=alice@example.org",
];

/** Starts a daemon with a repository, `origin`, of many small commits and one with a large file. Clients may push to it. */
export async function startGit(place: ServerPlace, port: number, commits: number, large: Readable): Promise<void> {
  const base = join(place.folder, "git");
  const origin = join(base, "origin");
  const work = join(place.folder, "git-work");
  const git = (...args: readonly string[]): Promise<string> => place.prepare(...GIT, ...args);
  await mkdir(origin, { recursive: true });
  await git("init", "--quiet", "--bare", "--initial-branch=main", origin);
  const history = join(base, "history");
  await writeFile(history, Array.from({ length: commits }, (_, index) => commit(index)).join(""));
  await place.prepare(
    "sh",
    "-c",
    'input=$1; shift; exec "$@" < "$input"',
    "sh",
    history,
    ...GIT,
    "-C",
    origin,
    "fast-import",
    "--quiet",
  );
  await git("clone", "--quiet", origin, work);
  await pipeline(large, createWriteStream(join(work, "large")));
  await git("-C", work, "add", "large");
  await git("-C", work, "commit", "--quiet", "--message", "large");
  await git("-C", work, "push", "--quiet", "origin", "HEAD");
  const address = ["--listen=127.0.0.1", `--port=${port}`, "--reuseaddr"];
  const options = [`--base-path=${base}`, "--export-all", "--enable=receive-pack"];
  await place.serve(port, ["git", "daemon", ...address, ...options]);
}

/** A commit in the language of `git fast-import`. */
function commit(index: number): string {
  const contents = `line of commit ${index}\n`.repeat(20);
  return [
    "commit refs/heads/main",
    `committer alice <alice@example.org> ${1_700_000_000 + index} +0000`,
    `data ${String(index).length}\n${index}`,
    `M 100644 inline file-${index}`,
    `data ${contents.length}\n${contents}`,
    "",
  ].join("\n");
}
