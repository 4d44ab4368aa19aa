import { spawn } from "node:child_process";
import { labError } from "./lab-error.ts";
import { collectOutput } from "./output.ts";

/**
 * Runs a command of the system to its end.
 *
 * @throws OperatorError `ERR_LAB_COMMAND` with its output when it fails; `ERR_LAB_NO_IPROUTE` when `ip` is not there
 */
export async function runCommand(argv: readonly string[], input = ""): Promise<string> {
  const [command = "", ...args] = argv;
  const { code, signal, stdout, stderr } = await collectOutput(spawn(command, args), argv, { input }).catch(
    (error: unknown) => {
      const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
      if (command !== "ip" || cause?.code !== "ENOENT") throw error;
      throw labError("ERR_LAB_NO_IPROUTE", 'there is no program "ip"', "Install iproute2, or leave out --netns.");
    },
  );
  if (code === 0) return stdout;
  throw labError(
    "ERR_LAB_COMMAND",
    `"${argv.join(" ")}" ended with ${signal ?? code}: ${stderr.trim()}`,
    "See what it says.",
  );
}

/** Does something for each item, for a bounded number of them at a time. */
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
