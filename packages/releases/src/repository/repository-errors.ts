import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";

/** All codes of a repository's readers: what each means, and what to do about it. docs/operate/errors.md is made from it. */
export const REPOSITORY_ERRORS = {
  ERR_RELEASE_SOURCE: {
    meaning:
      "A source of a repository has not a file that the others name, cannot be read, or ended in the middle of it.",
    advice:
      "Another source is tried by itself. If all of them say so, look whether `flor release publish` came to its end, and at the network.",
  },
  ERR_RELEASE_FORM: {
    meaning:
      "A metadata file of a repository is no such file, nests too deep, or has members that no repository of ours has.",
    advice: "Nothing of it was taken. Look who wrote it: `flor release` makes no such files.",
  },
  ERR_RELEASE_TOO_LONG: {
    meaning: "A file of a repository is longer than it may be, or never ends.",
    advice: "Nothing of the file was kept. A source that sends it is faulty or hostile.",
  },
  ERR_RELEASE_ROOTS: {
    meaning: "There are more new roots of a repository than one refresh takes, or than a reader keeps.",
    advice:
      "A long chain goes on with the next refresh, by itself. A reader that has come to its end gets a later first root.",
  },
  ERR_RELEASE_TOO_SLOW: {
    meaning: "A source gave less in a while than it has to, or a refresh did not come to its end in time.",
    advice:
      "Another source is tried by itself, and goes on with what is there. A source that stalls on purpose looks the same.",
  },
  ERR_RELEASE_SIGNATURES: {
    meaning: "A metadata file has too few signatures of the keys that the root of the repository names for it.",
    advice:
      "Nothing of it was taken. Whoever wrote it has not the keys: look for the source, and at who may write to it.",
  },
  ERR_RELEASE_KEY_TWICE: {
    meaning: "A root of a repository has one public key twice, so that one signature could count as two.",
    advice: "Nothing of it was taken. Find out how its signers came to sign it; make the next root with each key once.",
  },
  ERR_RELEASE_EXPIRED: {
    meaning: "The metadata of a repository is out of date: somebody holds newer one back, or nobody has renewed it.",
    advice: "Run `flor release refresh` and look whether it runs each day; check the clock of the node, too.",
  },
  ERR_RELEASE_ROLLED_BACK: {
    meaning: "A source offers older metadata than the reader has seen: an earlier state of the repository.",
    advice:
      "Nothing of it was taken. Another source is tried by itself; a repository that was put back from a backup needs higher versions ([releases.md](releases.md#a-repository)).",
  },
  ERR_RELEASE_MIXED: {
    meaning:
      "Metadata files of a source do not belong together: a version, a length or a hash is not what the other file says.",
    advice:
      "Nothing of it was taken. It is so for moments where a copy is not made in the order of `flor release publish`.",
  },
  ERR_RELEASE_TARGET: {
    meaning: "The octets of a package are not those that the repository's metadata names.",
    advice: "They were thrown away, and another source is tried. A source that does so again is damaged or hostile.",
  },
  ERR_RELEASE_FILE: {
    meaning:
      "A folder or file of a reader of repositories cannot be read or written; the message has the system's reason.",
    advice: "Check who owns the folder, and whether there is space on the disk.",
  },
} as const;

export type RepositoryErrorCode = keyof typeof REPOSITORY_ERRORS;

/** An error of a repository, with the advice of its code. */
export function repositoryError(code: RepositoryErrorCode, message: string, cause?: unknown): OperatorError {
  const { advice } = REPOSITORY_ERRORS[code];
  return new OperatorError(code, message, {
    advice,
    exitCode: EXIT_CODES.failed,
    ...(cause === undefined ? {} : { cause }),
  });
}
