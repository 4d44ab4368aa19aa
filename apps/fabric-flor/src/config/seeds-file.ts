/** The file by which a node that has nothing else finds the first others: the root descriptor, and the record of seeds. */
import { FactBook, type Judgement, readFact, readRecordTexts, REASONS, trustRoot } from "@florenetes/facts";
import { OperatorError } from "@florenetes/operator-text";
import type { FabricConfigErrorCode } from "./config-errors.ts";
import type { FabricConfig } from "./fabric-config.ts";
import { type OperatorFault, operatorFault } from "./operator-fault.ts";
import { readRecordFile } from "./record-file.ts";

/** The root descriptor, later versions of it, and the seeds. */
const RECORDS_MAX = 16;

const ADVICE =
  "Put the root descriptor and the record of seeds into it, as `flor fabric` has written them: cat root.fact seeds.fact > FILE.";

/**
 * Reads the octets of the records of the seeds' file, the root descriptor first; none when the config names no such file. Each of them holds by the pinned root.
 *
 * @param now Milliseconds since 1970
 * @throws OperatorError `ERR_FABRIC_SEEDS_FILE`, `ERR_FABRIC_SEEDS`
 */
export function readSeedsFile(config: FabricConfig, now: number): readonly Buffer[] {
  const { seedsFile: file, cluster, fingerprint, development, node } = config;
  if (file === undefined) return [];
  const records = readRecordTexts(readText(file));
  const [root, ...others] = records ?? [];
  if (root === undefined || others.length === 0)
    throw seedsError("ERR_FABRIC_SEEDS_FILE", "it does not hold the root descriptor and the record of seeds", file);
  const trusted = trustRoot(root, { cluster, fingerprint, development, now });
  if (!trusted.isAccepted) throw refused("root descriptor", trusted, file);
  const book = new FactBook({ root: trusted.fact, node, development });
  for (const octets of others) {
    const judgement = book.offer(octets, now);
    if (!judgement.isAccepted) throw refused(`record ${nameOf(octets, cluster)}`, judgement, file);
  }
  if (book.inForce("seeds", "cluster", "seeds", now) === undefined)
    throw seedsError("ERR_FABRIC_SEEDS_FILE", "it holds no record of seeds", file);
  return records!;
}

/** Finds what keeps the seeds' file of the config from being used; undefined when nothing does. Changes nothing. */
export function checkSeedsFile(config: FabricConfig, now: number): OperatorFault | undefined {
  return operatorFault(() => readSeedsFile(config, now));
}

function readText(file: string): string {
  try {
    return readRecordFile(file, RECORDS_MAX);
  } catch (error) {
    throw seedsError("ERR_FABRIC_SEEDS_FILE", `it cannot be read: ${(error as Error).message}`, file, ADVICE, error);
  }
}

function nameOf(octets: Uint8Array, cluster: string): string {
  const fact = readFact(octets, cluster);
  return typeof fact === "string" ? "of seeds" : `${fact.kind} ${fact.subject}`;
}

type Refused = Extract<Judgement, { readonly isAccepted: false }>;

function refused(what: string, { reason }: Refused, file: string): OperatorError {
  return seedsError("ERR_FABRIC_SEEDS", `its ${what} is refused (${reason})`, file, REASONS[reason]);
}

function seedsError(
  code: FabricConfigErrorCode,
  message: string,
  file: string,
  advice: string = ADVICE,
  cause?: unknown,
): OperatorError {
  return new OperatorError(code, message, { advice, where: { file, key: "seeds-file" }, cause });
}
