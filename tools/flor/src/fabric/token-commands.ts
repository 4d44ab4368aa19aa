import { parseDuration } from "@florenetes/config-file";
import { describeRecord, makeToken, writeRecordText } from "@florenetes/facts";
import { DEFAULT_LIVES_MS, proposeRecord, requireRecord } from "@florenetes/facts/authoring";
import { type Command, InvalidArgumentError } from "commander";
import type { Output } from "../output.ts";
import { parseCount } from "./proposal-options.ts";
import { writeNewRecord } from "./record-files.ts";

interface NewOptions {
  readonly cluster: string;
  readonly organization: string;
  readonly partition: string;
  readonly count: number;
  /** Milliseconds. */
  readonly life?: number;
  readonly out?: string;
  readonly json?: true;
}

/** `flor fabric token …`. */
export function addTokenCommands(fabric: Command, output: Output): void {
  const token = fabric.command("token").description("tokens, with which new nodes come in").helpCommand(false);
  token
    .command("new")
    .description("make a token, which is shown once, and its record, which nobody has signed yet")
    .requiredOption("--cluster <name>", "name of the cluster")
    .requiredOption("--organization <name>", "whose nodes come with it")
    .requiredOption("--partition <name>", "the part of the cluster that they are in")
    .option("--count <n>", "how many nodes it lets in", parseCount, 1)
    .option("--life <duration>", "how long, from now on: at most 7d (default: 24h)", parseLife)
    .option("--out <file>", "the file of the record to write; it must not exist yet (default: it is shown)")
    .option("--json", "for programs")
    .action((options: NewOptions) => makeNew(options, output));
}

function makeNew({ cluster, organization, partition, count, life, out, json }: NewOptions, output: Output): void {
  const now = Date.now();
  const { text, keyId } = makeToken();
  const octets = proposeRecord({
    kind: "token",
    cluster,
    subject: keyId,
    now,
    expires: now + (life ?? DEFAULT_LIVES_MS.token!),
    body: { organization, partition, count },
  });
  if (out !== undefined) writeNewRecord(out, octets, output);
  if (json === true) {
    output.out(JSON.stringify({ token: text, subject: keyId, record: writeRecordText(octets) }, undefined, 2));
    return;
  }
  output.out(text);
  if (out === undefined) writeNewRecord(out, octets, output);
  else output.out(describeRecord(requireRecord(octets), now));
  output.err(
    `The token is shown this once: give it to the operator of the new node, over a channel that you trust. It opens nothing before operators have signed ${out ?? "the record"} and published it.`,
  );
}

function parseLife(text: string): number {
  const life = parseDuration(text);
  if (life === undefined) throw new InvalidArgumentError("A duration as 24h or 7d is needed.");
  return life;
}
