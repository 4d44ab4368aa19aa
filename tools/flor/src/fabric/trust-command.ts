import type { Command } from "commander";
import { authorityFrom } from "@florenetes/facts/authoring";
import type { Output } from "../output.ts";
import { readRecordFile } from "./record-files.ts";
import { usageError } from "./usage-error.ts";
import { formatFields } from "@florenetes/operator-text";

const FINGERPRINT = /^(?:sha256:)?([0-9a-fA-F]{64})$/;

/** `flor fabric trust`. */
export function addTrustCommand(fabric: Command, output: Output): void {
  fabric
    .command("trust")
    .description("say what an agent's config needs to trust a root, after comparing it with a file")
    .requiredOption("--fingerprint <sha256:…>", "of the root, from those who run the cluster")
    .option("--root <file>", "the root descriptor that is to have it")
    .action((options: { readonly fingerprint: string; readonly root?: string }) => trust(options, output));
}

function trust({ fingerprint, root }: { readonly fingerprint: string; readonly root?: string }, output: Output): void {
  const expected = FINGERPRINT.exec(fingerprint)?.[1]?.toLowerCase();
  if (expected === undefined) throw usageError("a fingerprint is sha256: and 64 hex digits");
  if (root !== undefined) compare(root, expected, output);
  output.out(`root: sha256:${expected}`);
  output.err(
    "The config of each agent has this line, in place of the root that it has. Compare the fingerprint over a channel that you trust.",
  );
}

function compare(file: string, expected: string, output: Output): void {
  const { octets, fact } = readRecordFile(file);
  if (fact.id !== expected) throw usageError(`${file} has another fingerprint: sha256:${fact.id}`);
  const { cluster, version, isDevelopment } = authorityFrom([octets], Date.now());
  const mode = isDevelopment ? [["mode", "development: nodes take it where their config allows it"] as const] : [];
  output.err(formatFields([["cluster", cluster], ["version", `${version}, which its own quorum has signed`], ...mode]));
}
