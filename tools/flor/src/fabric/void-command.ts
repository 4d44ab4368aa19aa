import { existsSync } from "node:fs";
import { describeRecord, type Fact } from "@florenetes/facts";
import { proposeVoid, requireRecord, type VoidProposal } from "@florenetes/facts/authoring";
import type { Command } from "commander";
import type { Output } from "../output.ts";
import { askInForce } from "./asked-agent.ts";
import { parseCount } from "./proposal-options.ts";
import { readRecordFile, writeNewRecord } from "./record-files.ts";
import { usageError } from "./usage-error.ts";

interface VoidOptions {
  readonly cluster?: string;
  readonly agent?: string;
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
    .option("--agent <socket>", "instead of a file: the admin socket of an agent, which has the record in force")
    .option("--epoch <n>", "above the highest epoch of the slot (default: the one behind the file's)", parseCount)
    .option("--out <file>", "the file to write; it must not exist yet (default: it is shown)")
    .action((what: string, options: VoidOptions) => makeVoid(what, options, output));
}

async function makeVoid(what: string, options: VoidOptions, output: Output): Promise<void> {
  const now = Date.now();
  const { epoch, out } = options;
  const slot = existsSync(what) ? slotInFile(what) : await slotFrom(what, options);
  const octets = proposeVoid({ ...slot, epoch, now });
  writeNewRecord(out, octets, output);
  if (out !== undefined) output.out(describeRecord(requireRecord(octets), now));
}

type VoidSlot = Pick<VoidProposal, "cluster" | "kind" | "scope" | "subject" | "after">;

function slotInFile(file: string): VoidSlot {
  return slotBehind(readRecordFile(file).fact);
}

function slotBehind(fact: Fact): VoidSlot {
  const { cluster, kind, scope, subject } = fact;
  return { cluster, kind, scope, subject, after: fact };
}

const SLOT = /^([^/]+)\/(cluster|org\/[^/]+)\/(.+)$/;

async function slotFrom(text: string, { cluster, agent, epoch }: VoidOptions): Promise<VoidSlot> {
  const [, kind, scope, subject] = SLOT.exec(text) ?? [];
  if (kind === undefined || scope === undefined || subject === undefined) {
    throw usageError(`${text} is no file, and not written as KIND/SCOPE/SUBJECT`);
  }
  const after = agent === undefined ? undefined : await askInForce(agent, { kind, scope, subject });
  if (after !== undefined) return slotBehind(after);
  if (cluster === undefined || epoch === undefined)
    throw usageError(
      agent === undefined
        ? "without a file or --agent it takes --cluster and --epoch"
        : "the agent has no such record in force: it takes --cluster and --epoch",
    );
  return { cluster, kind, scope, subject };
}
