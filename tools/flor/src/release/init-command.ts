import { createKeyFolder } from "@florenetes/facts/authoring";
import { requireFreeFolder } from "@florenetes/identity/authority";
import { formatFields, isName, NAME_FORM } from "@florenetes/operator-text";
import { makeRoot } from "@florenetes/releases/authoring";
import type { Command } from "commander";
import { join } from "node:path";
import { parseCount } from "../fabric/proposal-options.ts";
import { usageError } from "../fabric/usage-error.ts";
import type { Output } from "../output.ts";
import { ROOT_LIFE_MS } from "./limits.ts";
import { RepositoryFolder } from "./repository-folder.ts";
import { readSigners } from "./signers.ts";

interface InitOptions {
  readonly cluster: string;
  readonly keys: string;
  readonly threshold?: number;
}

/** `flor release init`. */
export function addReleaseInit(release: Command, output: Output): void {
  release
    .command("init")
    .description("make a repository: its first root, which waits for signatures, and the key of its daily files")
    .argument("<repo>", "folder to make; it must not exist yet, or be empty")
    .requiredOption("--cluster <name>", "name of the cluster")
    .requiredOption("--keys <keys>", "those who sign: key.pub or folder of each update key, with commas between them")
    .option("--threshold <n>", "how many of them have to sign (default: more than half)", parseCount)
    .action((repo: string, options: InitOptions) => init(repo, options, output));
}

function init(repo: string, { cluster, keys, threshold }: InitOptions, output: Output): void {
  if (!isName(cluster)) throw usageError(`"${cluster}" is no name of a cluster: a name is ${NAME_FORM}`);
  const signers = readSigners(keys, threshold);
  requireFreeFolder(repo);
  const { publicKey } = createKeyFolder(join(repo, "repository-key"), "repository");
  const repository = RepositoryFolder.create(repo, { cluster, operators: signers.operators });
  const operators = signers.operators.map(({ key }) => key);
  const term = { version: 1, expires: Date.now() + ROOT_LIFE_MS };
  const root = makeRoot(term, { operators, threshold: signers.threshold, online: publicKey.key });
  repository.stage("root", root);
  output.out(
    formatFields([
      ["repository", repo],
      ["cluster", cluster],
      ["signed by", `${signers.threshold} of ${signers.operators.map(({ name }) => name).join(", ")}`],
      ["daily files", `by the key in ${repository.keyFolder}`],
    ]),
  );
  output.err(`Nobody has signed its root yet. Each of them:
  $ flor release sign ${repo} --key <dir>`);
}
