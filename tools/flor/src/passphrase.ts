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
  /** From the option: a path, or `-` for a line of standard input. Absent: it is asked for at the terminal. */
  readonly file: string | undefined;
  /** The name of the option, for those who have no terminal. */
  readonly option: PassphraseOption;
  /** The passphrase is chosen now: it is asked for twice. */
  readonly isNew: boolean;
}

/** A command that needs both takes two: what a bundle is sealed with is given away, what opens the CA never is. */
export type PassphraseOption = "--passphrase-file" | "--ca-passphrase-file";

/** The bytes of a line that is looked at: a passphrase has at most 1024 characters. */
const LINE_SIZE_MAX = 8192;

export function passphraseOption(name: PassphraseOption, what: string): Option {
  return new Option(`${name} <file>`, `file with the passphrase of ${what}; "-": a line of standard input`);
}

/**
 * A passphrase that is not empty. Throws ERR_FLOR_NO_TERMINAL, _PASSPHRASE_FILE, _PASSPHRASE_TWICE or _CANCELLED, or
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
  // Before the second question: it would have to be typed again anyway.
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
    // Pipes, as of `<(…)` in a shell, are nobody else's to open.
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

/** A line with its end, or what there is before the end of the file. No octet beyond it is taken: another may be asked for. */
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
      // Standard input of another program may be one that does not block.
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
