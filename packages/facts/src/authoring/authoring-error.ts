import { OperatorError } from "@florenetes/operator-text";

/** All codes of authoring: what each means, and what to do about it. docs/operate/errors.md is made from it. */
export const AUTHORING_ERRORS = {
  ERR_FABRIC_RECORD: {
    meaning: "A file holds no record, or one whose form is wrong.",
    advice: "Copy it again, whole: each record is one block from its BEGIN line to its END line.",
  },
  ERR_FABRIC_NO_ROOT: {
    meaning:
      "A file that should hold the root of a cluster has none that holds: its quorum has not signed it, or a version is missing.",
    advice: "Give the descriptor of today as its signers made it, or all versions in one file, the first one first.",
  },
  ERR_FABRIC_PROPOSAL: {
    meaning: "What was asked for makes no record of that kind: a name, the body, an epoch or a time is wrong.",
    advice: "Mend what the message names; docs/protocol/facts.md has the members of each kind.",
  },
  ERR_FABRIC_PUBLIC_KEY: {
    meaning: "A text is no public key of an operator or node.",
    advice: "Give the file key.pub of a key folder, or NAME=HEX with the 64 hex digits of an Ed25519 key.",
  },
  ERR_FABRIC_KEY_FOLDER: {
    meaning: "A key folder has no private key, one that is not Ed25519, or one that does not fit its public key.",
    advice: "Take a copy of the folder that is whole; where a program holds the key, name it with --signer.",
  },
  ERR_FABRIC_KEY_SEALED: {
    meaning: "The key is sealed with a passphrase, and none was given.",
    advice: "Give the passphrase that the key was sealed with.",
  },
  ERR_FABRIC_SIGNED_LIST: {
    meaning: "The list of what a key has signed (signed.jsonl in its folder) is damaged, or far too large.",
    advice: "Put an intact copy into the folder: without it, nobody knows what the key must not sign any more.",
  },
  ERR_FABRIC_SIGNED_ALREADY: {
    meaning: "The record has a signature of this key already.",
    advice: "Hand it to the next signer; a key counts once, under whatever name.",
  },
  ERR_FABRIC_SIGNED_OTHER: {
    meaning: "The key has signed another record of the slot whose epoch is the same or higher.",
    advice: "Propose it anew with a higher epoch: two records of one epoch by one key would contradict each other.",
  },
  ERR_FABRIC_SIGNATURES: {
    meaning: "A record has no room for one more signature, or a signature is not the key's.",
    advice: "A record needs no more signatures than its quorum has; propose it anew where others are in the way.",
  },
  ERR_FABRIC_VOIDS: {
    meaning: "Void records rest on keys that the new root leaves out: what they took back could come again.",
    advice: "Sign them anew with `flor fabric resign`, publish what it makes, and propose the root then.",
  },
  ERR_FABRIC_SIGNER: {
    meaning: "The signer command did not answer in time, ended with a failure, or gave no signature of the key.",
    advice: "The proposal is as it was. Run the command by hand: docs/operate/fabric.md says what it has to do.",
  },
} as const;

export type AuthoringErrorCode = keyof typeof AUTHORING_ERRORS;

/** An error with the advice of its code. */
export function authoringError(
  code: AuthoringErrorCode,
  message: string,
  { file, cause }: { readonly file?: string; readonly cause?: unknown } = {},
): OperatorError {
  const { advice } = AUTHORING_ERRORS[code];
  return new OperatorError(code, message, { advice, cause, ...(file === undefined ? {} : { where: { file } }) });
}
