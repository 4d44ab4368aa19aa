import { basename } from "node:path";
import { type Fact, writeRecordText } from "@florenetes/facts";
import { proposeAgain, requireRecord, type Standing, standingsUnder } from "@florenetes/facts/authoring";
import { requireFreeFolder, writeFolder } from "@florenetes/identity/authority";
import type { Command } from "commander";
import type { Output } from "../output.ts";
import { SignerFolder, type SigningOptions, withSigningOptions } from "./operator-keys.ts";
import { readRootFile } from "./record-files.ts";
import { readRecordFolder } from "./record-folder.ts";

interface ResignOptions extends SigningOptions {
  readonly root: string;
  readonly dir: string;
  readonly out: string;
}

const MEANINGS: Readonly<Record<Standing, string>> = {
  holds: "enough keys of the root have signed it",
  lost: "proposed anew, and signed",
  replaced: "there is a newer one",
  ended: "it has ended",
  other: "no quorum of the root signs it",
};

/** `flor fabric resign`. */
export function addResignCommand(fabric: Command, output: Output): void {
  withSigningOptions(fabric.command("resign"))
    .description(
      "sign anew what rests on keys that a next root leaves out: each such record gets a successor that says the same",
    )
    .requiredOption("--root <file>", "the next root, which nobody needs to have signed yet")
    .requiredOption("--dir <dir>", "folder with the records in force, void ones too, as files *.fact")
    .requiredOption("--out <dir>", "folder to make for the successors; it must not exist yet, or be empty")
    .action((options: ResignOptions) => resign(options, output));
}

async function resign(options: ResignOptions, output: Output): Promise<void> {
  requireFreeFolder(options.out);
  const now = Date.now();
  const root = readRootFile(options.root);
  const records = readRecordFolder(options.dir).filter(({ fact }) => fact.cluster === root.cluster);
  const standings = standingsUnder(
    root,
    records.map(({ fact }) => fact),
    now,
  );
  const signers = new SignerFolder(options);
  const made: { readonly name: string; readonly text: string; readonly isSecret: boolean }[] = [];
  for (const { file, fact } of records) {
    const standing = standings.get(fact)!;
    output.out(`${MEANINGS[standing]}  ${basename(file)}  ${describe(fact)}`);
    if (standing !== "lost") continue;
    const successor = proposeAgain(fact, now);
    const signed = await signers.sign(requireRecord(successor), successor);
    made.push({ name: nameOf(fact), text: writeRecordText(signed), isSecret: false });
  }
  if (made.length === 0) return output.err("Nothing has to be signed anew: no folder was made.");
  writeFolder(options.out, made);
  output.err(`${options.out}: ${made.length} records. Each takes the other signatures of today's quorum, of keys that the next root has, too:
  $ flor fabric sign ${options.out}/*.fact --key <dir>
and is published before the root is.`);
}

function describe({ kind, scope, subject, epoch }: Fact): string {
  return `${kind} ${subject}${scope === "cluster" ? "" : ` of ${scope}`}, epoch ${epoch}`;
}

/** A name that no other slot has: no part of a slot has a colon or a blank. */
function nameOf({ kind, scope, subject }: Fact): string {
  return `${[kind, scope, subject].join(":").replaceAll("/", "+")}.fact`;
}
