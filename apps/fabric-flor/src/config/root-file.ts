import { REASONS, readRecordText, trustRoot } from "@florenetes/facts";
import { OperatorError } from "@florenetes/operator-text";
import type { FabricConfigErrorCode } from "./config-errors.ts";
import type { FabricConfig } from "./fabric-config.ts";
import { type OperatorFault, operatorFault } from "./operator-fault.ts";
import { readRecordFile } from "./record-file.ts";

/**
 * Reads the octets of the root descriptor that the config names a file of; undefined when it names none.
 *
 * @param now Milliseconds since 1970
 * @throws OperatorError `ERR_FABRIC_ROOT_FILE`, `ERR_FABRIC_ROOT`
 */
export function readRootFile(
  { cluster, rootFile: file, fingerprint, development }: FabricConfig,
  now: number,
): Buffer | undefined {
  if (file === undefined) return undefined;
  const octets = readRecordText(readText(file));
  if (octets === undefined) throw rootError("ERR_FABRIC_ROOT_FILE", "it holds no record", file);
  const judged = trustRoot(octets, { cluster, fingerprint, development, now });
  if (!judged.isAccepted)
    throw rootError("ERR_FABRIC_ROOT", `it is refused (${judged.reason})`, file, REASONS[judged.reason]);
  return octets;
}

/** Finds what keeps the root descriptor of the config from being taken; undefined when nothing does. Changes nothing. */
export function checkRootFile(config: FabricConfig, now: number): OperatorFault | undefined {
  return operatorFault(() => readRootFile(config, now));
}

function readText(file: string): string {
  try {
    return readRecordFile(file, 1);
  } catch (error) {
    throw rootError("ERR_FABRIC_ROOT_FILE", `it cannot be read: ${(error as Error).message}`, file, ADVICE, error);
  }
}

const ADVICE = "Copy the root descriptor there that `flor fabric init` has written, readable for this process's user.";

function rootError(
  code: FabricConfigErrorCode,
  message: string,
  file: string,
  advice: string = ADVICE,
  cause?: unknown,
): OperatorError {
  return new OperatorError(code, message, { advice, where: { file, key: "root-file" }, cause });
}
