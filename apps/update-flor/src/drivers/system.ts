import { spawn } from "node:child_process";
import { once } from "node:events";
import { ANSWER_MS_MAX, OUTPUT_SIZE_MAX, TEXT_MAX } from "../limits.ts";
import { updateError } from "../update-errors.ts";

/** The end of a program of the system, and what it printed, both outputs in one. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Programs speak English here, ask nobody, and are found where Debian has them. */
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  DEBIAN_FRONTEND: "noninteractive",
  // The needrestart of a machine would restart units by itself.
  NEEDRESTART_SUSPEND: "1",
};

/** Runs a program of the system to its end. It is killed with all that it has started where it takes longer than it may, and has no code. */
export async function runSystem(argv: readonly string[], timeoutMs: number = ANSWER_MS_MAX): Promise<Ended> {
  const [command = "", ...args] = argv;
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: ENVIRONMENT,
    cwd: "/",
    // A group of its own: the script of a package outlives the dpkg that has started it.
    detached: true,
  });
  const timer = setTimeout(() => killGroup(child.pid), timeoutMs);
  let output = "";
  const take = (text: string): void => {
    if (output.length < OUTPUT_SIZE_MAX) output += text;
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  try {
    await once(child, "close");
  } catch (error) {
    return { code: null, output: (error as Error).message };
  } finally {
    clearTimeout(timer);
  }
  return { code: child.exitCode, output };
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Runs a program that has to succeed; returns what it printed. @throws OperatorError ERR_UPDATE_SYSTEM */
export async function askSystem(argv: readonly string[]): Promise<string> {
  const { code, output } = await runSystem(argv);
  if (code !== 0)
    throw updateError(
      "ERR_UPDATE_SYSTEM",
      `\`${argv.join(" ")}\` ended with ${code ?? "no code"}: ${lastLine(output)}`,
    );
  return output;
}

/** The last line of an output that says something. */
export function lastLine(output: string): string {
  return (output.split("\n").findLast((line) => line.trim() !== "") ?? "it said nothing").trim().slice(0, TEXT_MAX);
}
