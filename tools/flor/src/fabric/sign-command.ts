import { requireRecord } from "@florenetes/facts/authoring";
import type { Command } from "commander";
import type { Output } from "../output.ts";
import { openSigner, type SigningOptions, withSigningOptions } from "./operator-keys.ts";
import { readRecordFile, writeRecordAgain } from "./record-files.ts";
import { describeChange, describeRecord, describeSignatures } from "./record-text.ts";

interface SignOptions extends SigningOptions {
  readonly out?: string;
  readonly after?: string;
}

/** `flor fabric sign`. */
export function addSignCommand(fabric: Command, output: Output): void {
  withSigningOptions(fabric.command("sign"))
    .description("show a record, and add the signature of one key to it")
    .argument("<file>", "the record, as text")
    .option("--out <file>", "where to write it (default: in its own place)")
    .option("--after <file>", "the record that it follows: what has changed is shown")
    .action((file: string, options: SignOptions) => sign(file, options, output));
}

async function sign(file: string, options: SignOptions, output: Output): Promise<void> {
  const { octets, fact } = readRecordFile(file);
  const now = Date.now();
  const after = options.after === undefined ? undefined : readRecordFile(options.after).fact;
  output.out(after === undefined ? describeRecord(fact, now) : describeChange(fact, after, now));
  const add = await openSigner(fact.authority, options);
  const signed = await add(octets);
  const out = options.out ?? file;
  writeRecordAgain(out, file, signed);
  output.out(describeSignatures(requireRecord(signed), new Map()));
  output.err(
    `${out} has ${requireRecord(signed).envelope.signatures.length} signatures; \`flor fabric inspect ${out} --root root.fact\` says whether it takes more.`,
  );
}
