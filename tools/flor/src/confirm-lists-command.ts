import { confirmLists, IdentityError, type RevocationList, readListsToConfirm } from "@florenetes/identity";
import type { Command } from "commander";
import type { Output } from "./output.ts";
import { askYes, processTerminal, requireTerminal } from "./terminal.ts";
import { formatFields } from "@florenetes/operator-text";

interface ConfirmListsOptions {
  readonly number?: readonly string[];
}

/** `flor identity confirm-lists`. */
export function addConfirmListsCommand(identity: Command, output: Output): void {
  identity
    .command("confirm-lists")
    .description("say that the revocation lists in a folder are the newest of their CAs, to a process that cannot know")
    .argument("<dir>", "folder of the identity, with crl.pem in it")
    .option("--number <n...>", "the numbers that the lists have to have, one for each (default: it is asked)")
    .action((folder: string, options: ConfirmListsOptions) => confirm(folder, options, output));
}

async function confirm(folder: string, { number: expected }: ConfirmListsOptions, output: Output): Promise<void> {
  const lists = readListsToConfirm(folder);
  for (const list of lists) output.out(describe(list));
  if (expected === undefined) {
    requireTerminal(processTerminal, "give the numbers of the lists with --number");
    await askYes("Are these the newest lists of their CAs, as `flor ca list` shows them there?", processTerminal);
  } else requireNumbers(lists, expected);
  confirmLists(folder, lists);
  output.err(
    `From now on no list before these is the first one that a process takes. One that waits for it goes on within a second.`,
  );
}

function describe({ issuerName, number, serials, thisUpdate, nextUpdate }: RevocationList): string {
  return formatFields([
    ["list", `${number} of ${issuerName}`],
    ["entries", String(serials.size)],
    ["made", thisUpdate.toISOString()],
    ["ends", nextUpdate.toISOString()],
  ]);
}

function requireNumbers(lists: readonly RevocationList[], expected: readonly string[]): void {
  const found = lists.map(({ number }) => String(number)).toSorted();
  if (found.join(" ") === expected.toSorted().join(" ")) return;
  const message = `the numbers of the lists are ${found.join(", ")}, and not ${expected.join(", ")}`;
  throw new IdentityError("ERR_IDENTITY_LIST_UNCONFIRMED", message);
}
