import { spawn } from "node:child_process";
import { once } from "node:events";
import { type ProcessName, programArguments } from "@florenetes/meshlab";
import { PATIENCE_MS } from "./patience.ts";

/** The output and the exit of a process that has ended. */
export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Program and arguments of an executable, for tests that start it without a lab. */
export function executable(name: ProcessName | "vpn-flor" | "control-flor" | "store-flor" | "update-flor"): string[] {
  return [process.execPath, ...programArguments(name)];
}

/** Program and arguments of the operator's tool. */
export function florCommand(): string[] {
  return [process.execPath, ...programArguments("flor")];
}

/** Runs a command of the operator's tool to its end. */
export async function flor(...args: readonly string[]): Promise<Answer> {
  return runToEnd([...florCommand(), ...args]);
}

/** Runs a command to its end; a command that goes on for `timeoutMs` is killed, and has no code. */
export async function runToEnd(argv: readonly string[], timeoutMs = PATIENCE_MS): Promise<Answer> {
  const [command = "", ...args] = argv;
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs, killSignal: "SIGKILL" });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}
