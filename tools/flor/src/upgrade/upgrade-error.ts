import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";

type UpgradeCode = Extract<keyof typeof FLOR_ERRORS, `ERR_FLOR_UPGRADE_${string}`>;

/** An error of an upgrade. Its exit code says whether a node was changed before. */
export function upgradeError(code: UpgradeCode, message: string): OperatorError {
  const exitCode = code === "ERR_FLOR_UPGRADE_UNREACHABLE" ? EXIT_CODES.unreachable : EXIT_CODES.misconfigured;
  return new OperatorError(code, message, { advice: FLOR_ERRORS[code].advice, exitCode });
}

/** The error of an upgrade that has stopped at a node after it had begun. */
export function stoppedError(message: string): OperatorError {
  const { advice } = FLOR_ERRORS.ERR_FLOR_UPGRADE_STOPPED;
  return new OperatorError("ERR_FLOR_UPGRADE_STOPPED", message, { advice, exitCode: EXIT_CODES.failed });
}
