import { spawn } from "node:child_process";
import { labError } from "./lab-error.ts";

/**
 * Runs a command of the system to its end.
 *
 * @throws OperatorError `ERR_LAB_COMMAND` with what it said when it fails; `ERR_LAB_NO_IPROUTE` when `ip` is not there
 */
export async function runCommand(argv: readonly string[], input = ""): Promise<string> {
  const [command = "", ...args] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  const output: Buffer[] = [];
  const complaint: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => complaint.push(chunk));
  child.stdin.on("error", () => {}); // it ended without reading: its exit code says why
  child.once("error", (error: NodeJS.ErrnoException) => {
    const isMissing = error.code === "ENOENT" && command === "ip";
    if (!isMissing)
      return reject(
        labError("ERR_LAB_COMMAND", `cannot run ${command}: ${error.message}`, "Is it installed?", { cause: error }),
      );
    reject(labError("ERR_LAB_NO_IPROUTE", 'there is no program "ip"', "Install iproute2, or leave out --netns."));
  });
  child.once("close", (code, signal) => {
    if (code === 0) return resolve(Buffer.concat(output).toString());
    const text = Buffer.concat(complaint).toString().trim();
    const message = `"${argv.join(" ")}" ended with ${signal ?? code}: ${text}`;
    reject(labError("ERR_LAB_COMMAND", message, "See what it says."));
  });
  child.stdin.end(input);
  return promise;
}

/** Does something for each item, a bounded number of them at a time. */
export async function forEachParallel<Item>(
  items: readonly Item[],
  limit: number,
  action: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const work = async (): Promise<void> => {
    for (const item of waiting) await action(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
}
