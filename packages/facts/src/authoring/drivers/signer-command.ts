/**
 * A signer command makes signatures with a key that no folder has: in a token, behind another program, on another machine. Its standard input gets
 * one line, `<key id> <octets in hex>`; it answers the signature in hex as the one line of its standard output, and ends with 0.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { foreignQuote, type OperatorError } from "@florenetes/operator-text";
import { authoringError } from "../authoring-error.ts";
import { SIGNER_MS, SIGNER_OUTPUT_SIZE_MAX, SIGNER_TEXT_LENGTH_MAX } from "../limits.ts";

const INTERRUPTIONS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const SIGNATURE = /^[0-9a-fA-F]{128}$/;

/**
 * Has a command of the shell sign octets. The caller verifies what it gave. Throws ERR_FABRIC_SIGNER when it does not answer in time, fails, or
 * answers anything but 64 octets in hex; no process of it is left then.
 */
export async function askSigner(
  command: string,
  keyId: string,
  octets: Uint8Array,
  waitMs: number = SIGNER_MS,
): Promise<Buffer> {
  // `spawn` refuses it, after the signals below are held.
  if (command.includes("\0")) throw signerError("a signer command has no octet 0");
  const { status, output } = await run(command, `${keyId} ${Buffer.from(octets).toString("hex")}\n`, waitMs);
  if (status !== 0) throw signerError(`the signer command ended with ${status}${quoted(output)}`);
  const answer = output.trim();
  if (!SIGNATURE.test(answer)) throw signerError(`the signer command gave no signature${quoted(answer)}`);
  return Buffer.from(answer, "hex");
}

interface Ending {
  /** The exit code, or the signal's name. */
  readonly status: number | string;
  readonly output: string;
}

function run(command: string, input: string, waitMs: number): Promise<Ending> {
  return new Promise((done, fail) => {
    // Whoever interrupts this process means the command, too, which may run for a while before `spawn` returns.
    const interrupt = (): void => stop("the signer command was interrupted");
    for (const signal of INTERRUPTIONS) process.on(signal, interrupt);
    const settle = (): void => {
      clearTimeout(timer);
      for (const signal of INTERRUPTIONS) process.off(signal, interrupt);
    };
    // A group of its own, so that nothing which the shell has started outlives the time.
    const child = spawn("/bin/sh", ["-c", command], { stdio: ["pipe", "pipe", "inherit"], detached: true });
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (message: string): void => {
      settle();
      endGroup(child);
      child.stdout.destroy();
      fail(signerError(message));
    };
    const timer = setTimeout(() => stop(`the signer command did not answer within ${waitMs} ms`), waitMs);
    child.once("error", (error) => stop(`the signer command cannot be started: ${error.message}`));
    // A command may end without reading: its exit says what there is to say.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > SIGNER_OUTPUT_SIZE_MAX) stop("the signer command says more than a signature");
    });
    child.once("close", (code, signal) => {
      settle();
      done({ status: code ?? signal ?? "nothing", output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended by itself.
  }
}

function quoted(output: string): string {
  return output === "" ? "" : `: ${foreignQuote(output, SIGNER_TEXT_LENGTH_MAX)}`;
}

function signerError(message: string): OperatorError {
  return authoringError("ERR_FABRIC_SIGNER", message);
}
