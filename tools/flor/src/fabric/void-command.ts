import { existsSync } from "node:fs";
import { proposeVoid, requireRecord, type VoidProposal } from "@florenetes/facts/authoring";
import type { Command } from "commander";
import type { Output } from "../output.ts";
import { parseCount } from "./proposal-options.ts";
import { readRecordFile, writeNewRecord } from "./record-files.ts";
import { describeRecord } from "./record-text.ts";
import { usageError } from "./usage-error.ts";

interface VoidOptions {
  readonly cluster?: string;
  readonly epoch?: number;
  readonly out?: string;
}

/** `flor fabric void`. */
export function addVoidCommand(fabric: Command, output: Output): void {
  fabric
    .command("void")
    .description(
      "make a record that takes back what a slot said; it takes signatures as any other, and lives as long as its kind may",
    )
    .argument("<what>", "the file of the record, or KIND/SCOPE/SUBJECT as node/cluster/a or service/org/acme/web")
    .option("--cluster <name>", "name of the cluster, where no file says it")
    .option("--epoch <n>", "above the highest epoch of the slot (default: the one behind the file's)", parseCount)
    .option("--out <file>", "the file to write; it must not exist yet (default: it is shown)")
    .action((what: string, options: VoidOptions) => makeVoid(what, options, output));
}

function makeVoid(what: string, { cluster, epoch, out }: VoidOptions, output: Output): void {
  const now = Date.now();
  const octets = proposeVoid({ ...(existsSync(what) ? slotInFile(what) : slotFrom(what, cluster, epoch)), epoch, now });
  writeNewRecord(out, octets, output);
  if (out !== undefined) output.out(describeRecord(requireRecord(octets), now));
}

type VoidSlot = Pick<VoidProposal, "cluster" | "kind" | "scope" | "subject" | "after">;

function slotInFile(file: string): VoidSlot {
  const { fact } = readRecordFile(file);
  const { cluster, kind, scope, subject } = fact;
  return { cluster, kind, scope, subject, after: fact };
}

const SLOT = /^([^/]+)\/(cluster|org\/[^/]+)\/(.+)$/;

function slotFrom(text: string, cluster: string | undefined, epoch: number | undefined): VoidSlot {
  const [, kind, scope, subject] = SLOT.exec(text) ?? [];
  if (kind === undefined || scope === undefined || subject === undefined) {
    throw usageError(`${text} is no file, and not written as KIND/SCOPE/SUBJECT`);
  }
  if (cluster === undefined || epoch === undefined) throw usageError("without a file it takes --cluster and --epoch");
  return { cluster, kind, scope, subject };
}
