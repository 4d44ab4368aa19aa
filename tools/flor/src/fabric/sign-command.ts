import { describeChange, describeRecord } from "@florenetes/facts";
import { requireRecord } from "@florenetes/facts/authoring";
import type { Command } from "commander";
import type { Output } from "../output.ts";
import { SignerFolder, type SigningOptions, withSigningOptions } from "./operator-keys.ts";
import { readRecordFile, writeRecordAgain } from "./record-files.ts";
import { describeSignatures } from "./record-text.ts";
import { usageError } from "./usage-error.ts";

interface SignOptions extends SigningOptions {
  readonly out?: string;
  readonly after?: string;
}

/** `flor fabric sign`. */
export function addSignCommand(fabric: Command, output: Output): void {
  withSigningOptions(fabric.command("sign"))
    .description("show records, and add the signature of one key to each")
    .argument("<file...>", "records as text, one in each file")
    .option("--out <file>", "where to write it (default: in its own place)")
    .option("--after <file>", "the record that it follows: what has changed is shown")
    .action((files: readonly string[], options: SignOptions) => signAll(files, options, output));
}

async function signAll(files: readonly string[], options: SignOptions, output: Output): Promise<void> {
  if (files.length > 1 && (options.out !== undefined || options.after !== undefined)) {
    throw usageError("--out and --after are for one file");
  }
  const signers = new SignerFolder(options);
  for (const file of files) await sign(file, signers, options, output);
}

async function sign(file: string, signers: SignerFolder, options: SignOptions, output: Output): Promise<void> {
  const { octets, fact } = readRecordFile(file);
  const now = Date.now();
  const after = options.after === undefined ? undefined : readRecordFile(options.after).fact;
  output.out(after === undefined ? describeRecord(fact, now) : describeChange(fact, after, now));
  const signed = await signers.sign(fact, octets);
  const out = options.out ?? file;
  writeRecordAgain(out, file, signed);
  output.out(describeSignatures(requireRecord(signed), new Map()));
  output.err(`\`flor fabric inspect ${out} --root root.fact\` says whether it takes more.`);
}
