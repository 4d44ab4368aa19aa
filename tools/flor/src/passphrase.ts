/** Commands get a passphrase from a file, from standard input, or from a person at the terminal. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { checkPassphrase } from "@florenetes/identity/authority";
import { OperatorError } from "@florenetes/operator-text";
import { Option } from "commander";
import { FLOR_ERRORS } from "./error-codes.ts";
import { askHidden, processTerminal, requireTerminal, type Terminal } from "./terminal.ts";

export interface PassphraseRequest {
  /** The thing that the passphrase opens or seals, for example `the bundle`. */
  readonly what: string;
  /** The option's value: a path, or `-` for a line of standard input. Undefined: the terminal is asked. */
  readonly file: string | undefined;
  /** The name of the option, for people without a terminal. */
  readonly option: PassphraseOption;
  /** Whether the passphrase is chosen now, and so asked for twice. */
  readonly isNew: boolean;
}

/** Bundles and the CA have separate options: the passphrase of a bundle is given away, that of the CA never is. */
export type PassphraseOption = "--passphrase-file" | "--ca-passphrase-file";

/** Bytes of a line that are read at most: a passphrase has up to 1024 characters. */
const LINE_SIZE_MAX = 8192;

export function passphraseOption(name: PassphraseOption, what: string): Option {
  return new Option(`${name} <file>`, `file with the passphrase of ${what}; "-": a line of standard input`);
}

/**
 * Gets a passphrase that is not empty. Throws ERR_FLOR_NO_TERMINAL, _PASSPHRASE_FILE, _PASSPHRASE_TWICE or _CANCELLED, or
 * ERR_IDENTITY_PASSPHRASE.
 */
export async function readPassphrase(
  request: PassphraseRequest,
  terminal: Terminal = processTerminal,
): Promise<string> {
  const passphrase = request.file === undefined ? await ask(request, terminal) : readPassphraseFile(request.file);
  checkPassphrase(passphrase);
  return passphrase;
}

async function ask({ what, option, isNew }: PassphraseRequest, terminal: Terminal): Promise<string> {
  requireTerminal(terminal, `give the passphrase of ${what} with ${option}`);
  const passphrase = await askHidden(`${isNew ? "New passphrase" : "Passphrase"} of ${what}: `, terminal);
  // A bad passphrase is refused before the second question, since another one would have to be typed anyway.
  checkPassphrase(passphrase);
  if (!isNew || (await askHidden("The same once more: ", terminal)) === passphrase) return passphrase;
  throw florError("ERR_FLOR_PASSPHRASE_TWICE", "the two passphrases differ");
}

function readPassphraseFile(file: string): string {
  if (file === "-") return lineOf(readLine(0), "standard input");
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_RDONLY);
    const stats = fstatSync(descriptor);
    // Only files have a mode that matters: nobody else can open a pipe, as of `<(…)` in a shell.
    if (stats.isFile() && (stats.mode & 0o077) !== 0) {
      const mode = (stats.mode & 0o777).toString(8);
      throw florError("ERR_FLOR_PASSPHRASE_FILE", `it has mode 0${mode}: others than its owner can use it`, file);
    }
    const passphrase = lineOf(readLine(descriptor), file);
    if (readLine(descriptor) === "") return passphrase;
    throw florError("ERR_FLOR_PASSPHRASE_FILE", "it has more than one line", file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof OperatorError) throw error;
    throw florError("ERR_FLOR_PASSPHRASE_FILE", `cannot read it: ${code ?? String(error)}`, file);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Reads a line with its end, or the rest of the file. No octet behind the line is read: a second passphrase may follow. */
function readLine(descriptor: number): string {
  const octets = Buffer.alloc(LINE_SIZE_MAX);
  let length = 0;
  while (length < octets.length && octets[length - 1] !== 0x0a && readOctet(descriptor, octets, length)) length++;
  return octets.toString("utf8", 0, length);
}

function readOctet(descriptor: number, octets: Buffer, at: number): boolean {
  for (;;) {
    try {
      return readSync(descriptor, octets, at, 1, null) === 1;
    } catch (error) {
      // Standard input may be another program's, and so not block.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function lineOf(text: string, where: string): string {
  if (text.length < LINE_SIZE_MAX) return text.replace(/\r?\n$/, "");
  throw florError("ERR_FLOR_PASSPHRASE_FILE", "its line is far too long", where);
}

function florError(code: keyof typeof FLOR_ERRORS, message: string, file?: string): OperatorError {
  const { advice } = FLOR_ERRORS[code];
  return new OperatorError(code, message, { advice, ...(file === undefined ? {} : { where: { file } }) });
}
