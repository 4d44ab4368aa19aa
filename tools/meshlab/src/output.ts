import type { ChildProcess } from "node:child_process";
import { labError } from "./lab-error.ts";
import { OUTPUT_SIZE_MAX } from "./limits.ts";

export interface ExecOptions {
  /** The standard input of the command. */
  readonly input?: string | Uint8Array;
  /** Time after which the command is killed. Default: never. */
  readonly timeoutMs?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ExecResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for the end of a child, and collects its output up to a limit. */
export async function collectOutput(
  child: ChildProcess,
  argv: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  let isLate = false;
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          isLate = true;
          child.kill("SIGKILL");
        }, options.timeoutMs);
  child.once("error", (error) => {
    clearTimeout(timer);
    reject(
      labError("ERR_LAB_COMMAND", `cannot run "${argv.join(" ")}": ${error.message}`, "Is it installed?", {
        cause: error,
      }),
    );
  });
  child.once("close", (code, signal) => {
    clearTimeout(timer);
    if (!isLate) return resolve({ code, signal, stdout: stdout(), stderr: stderr() });
    const message = `"${argv.join(" ")}" took longer than ${options.timeoutMs} ms`;
    reject(labError("ERR_LAB_TIMEOUT", message, `It had written: ${(stderr() || stdout()).slice(-500)}`));
  });
  child.stdin?.on("error", () => {}); // the child may end without reading all
  child.stdin?.end(options.input ?? "");
  return promise;
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= OUTPUT_SIZE_MAX) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}
