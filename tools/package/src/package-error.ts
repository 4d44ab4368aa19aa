import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";

/** All stable codes of packages and of the install. Each has a row in docs/operate/errors.md. */
export const PACKAGE_ERRORS = {
  ERR_INSTALL_USAGE: {
    meaning: "The command line says what makes no sense.",
    advice:
      "`install-units` takes `--root DIR`; `package` takes `--out DIR` and `--arch ARCHITECTURE`, `image` takes `--out DIR`, and `docs` takes nothing.",
  },
  ERR_INSTALL_NOT_BUILT: {
    meaning: "A part of the build is not there, or the build is of another commit.",
    advice: "Run `npm run build` first.",
  },
  ERR_INSTALL_DENIED: {
    meaning: "A place below the root may not be written.",
    advice: "Run it as root, or name another root: `--root`.",
  },
  ERR_PACKAGE_TOOL: {
    meaning: "A program that makes packages or the site of the documents is not installed, or has failed.",
    advice:
      "Install the packages `dpkg-dev`, `binutils` and `xz-utils`, for the site of the documents `mkdocs` and `python3-pymdownx`, for an image `mmdebstrap` and `umoci`, and for `--arch arm64` what docs/operate/packages.md lists; what the program has said stands in the message.",
  },
  ERR_PACKAGE_NO_COMMIT: {
    meaning: "The checkout has no commit, which gives packages their version and their files a time.",
    advice: "Make packages in a clone of the repository.",
  },
} as const;

type PackageErrorCode = keyof typeof PACKAGE_ERRORS;

/** Makes an error that says what happened and what to do about it. */
export function packageError(
  code: PackageErrorCode,
  message: string,
  advice: string,
  { file, cause }: { readonly file?: string; readonly cause?: unknown } = {},
): OperatorError {
  const where = file === undefined ? {} : { where: { file } };
  const exitCode = code === "ERR_INSTALL_USAGE" ? EXIT_CODES.misconfigured : EXIT_CODES.failed;
  return new OperatorError(code, message, { advice, ...where, exitCode, cause });
}
