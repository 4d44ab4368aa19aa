import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";

/** All stable codes of the install. Each has a row in docs/operate/errors.md. */
export const INSTALL_ERRORS = {
  ERR_INSTALL_USAGE: {
    meaning: "The command line says what makes no sense.",
    advice: "It takes `--root DIR`.",
  },
  ERR_INSTALL_NOT_BUILT: {
    meaning: "A part of the build is not there.",
    advice: "Run `npm run build` first.",
  },
  ERR_INSTALL_DENIED: {
    meaning: "A place below the root may not be written.",
    advice: "Run it as root, or name another root: `--root`.",
  },
} as const;

type InstallErrorCode = keyof typeof INSTALL_ERRORS;

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
