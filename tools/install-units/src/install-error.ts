import { EXIT_CODES, OperatorError } from "@florenetes/operator-errors";

type InstallErrorCode = "ERR_INSTALL_USAGE" | "ERR_INSTALL_NOT_BUILT" | "ERR_INSTALL_DENIED";

/** Makes an error of the install that says what happened and what to do about it. */
export function installError(
  code: InstallErrorCode,
  message: string,
  advice: string,
  { file, cause }: { readonly file?: string; readonly cause?: unknown } = {},
): OperatorError {
  const where = file === undefined ? {} : { where: { file } };
  const exitCode = code === "ERR_INSTALL_USAGE" ? EXIT_CODES.misconfigured : EXIT_CODES.failed;
  return new OperatorError(code, message, { advice, ...where, exitCode, cause });
}
