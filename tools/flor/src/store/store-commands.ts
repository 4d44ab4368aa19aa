import type { Command } from "commander";
import type { Output } from "../output.ts";
import type { CheckCommandOptions } from "./check-command.ts";
import type { GetCommandOptions } from "./get-command.ts";
import type { KeptCommandOptions } from "./kept-command.ts";
import type { PutCommandOptions } from "./put-command.ts";
import type { StoreOptions, StoreWorld } from "./store-world.ts";

type Opening = () => Promise<StoreWorld>;

/** `flor store …`. Its modules are loaded when it runs: no other command seals anything. */
export function addStoreCommands(
  program: Command,
  output: Output,
  finish: (exitCode: number) => void,
  open: Opening = async () => (await import("./store-world.ts")).processWorld(output),
): void {
  const store = program
    .command("store")
    .description("objects that nodes of a fabric keep for you, sealed before they leave this machine")
    .helpCommand(false);
  addTransferCommands(store, open, finish);
  addListCommands(store, open, finish);
}

function addTransferCommands(store: Command, open: Opening, finish: (exitCode: number) => void): void {
  withWay(store.command("put"))
    .description("seal a file for the recipients of the collection, and put it")
    .argument("<collection>", COLLECTION)
    .argument("<file>", "the file; -: standard input")
    .option("--name <name>", "the name that readers see (default: that of the file)")
    .option("--json", "for programs")
    .action(async (collection: string, file: string, options: PutCommandOptions) => {
      const { putObject } = await import("./put-command.ts");
      finish(await putObject(collection, file, options, await open()));
    });

  withIdentity(withWay(store.command("get")))
    .description("get an object, and open it")
    .argument("<collection>", COLLECTION)
    .argument("<object>", "its id, or, with --identity, its name")
    .option("--out <file>", "the file that it becomes (default: standard output)")
    .option("--sealed", "leave it sealed: a file that age opens")
    .action(async (collection: string, object: string, options: GetCommandOptions) => {
      const { getObject } = await import("./get-command.ts");
      finish(await getObject(collection, object, options, await open()));
    });

  withIdentity(withWay(store.command("rm")))
    .description("remove an object, once its collection need not keep it any more")
    .argument("<collection>", COLLECTION)
    .argument("<object>", "its id, or, with --identity, its name")
    .action(async (collection: string, object: string, options: StoreOptions) => {
      const { removeObject } = await import("./rm-command.ts");
      finish(await removeObject(collection, object, options, await open()));
    });
}

function addListCommands(store: Command, open: Opening, finish: (exitCode: number) => void): void {
  withIdentity(withWay(store.command("ls")))
    .description("list the objects: with --identity by their names")
    .argument("<collection>", COLLECTION)
    .option("--json", "for programs")
    .action(async (collection: string, options: StoreOptions) => {
      const { listObjects } = await import("./ls-command.ts");
      finish(await listObjects(collection, options, await open()));
    });

  withIdentity(withWay(store.command("kept")))
    .description("get what the fabric has kept of itself, piece by piece")
    .argument("<collection>", COLLECTION)
    .argument("<kind>", "log, usage or audit")
    .requiredOption("--out <folder>", "the folder for a file of each piece; files that are there already stay")
    .action(async (collection: string, kind: string, options: KeptCommandOptions) => {
      const { getKept } = await import("./kept-command.ts");
      finish(await getKept(collection, kind, options, await open()));
    });

  withIdentity(withWay(store.command("check")))
    .description("compare what all holders have with each other and with the record's manifest")
    .argument("<collection>", COLLECTION)
    .option("--read-data", "read each shard from each holder that has it")
    .option("--json", "for programs")
    .action(async (collection: string, options: CheckCommandOptions) => {
      const { checkObjects } = await import("./check-command.ts");
      finish(await checkObjects(collection, options, await open()));
    });

  withWay(store.command("manifest"))
    .description("put a list of all objects, and print the hash by which a record names it")
    .argument("<collection>", COLLECTION)
    .option("--json", "for programs")
    .action(async (collection: string, options: StoreOptions) => {
      const { putManifest } = await import("./manifest-command.ts");
      finish(await putManifest(collection, options, await open()));
    });
}

const COLLECTION = "cluster/NAME or org/ORGANIZATION/NAME";

function withWay(command: Command): Command {
  return command
    .requiredOption("--tunnels <folder>", "the folder of tunnels of this node's cluster-flor that lead to holders")
    .requiredOption("--agent <socket>", "the admin socket of this node's agent, which knows the collections");
}

function withIdentity(command: Command): Command {
  return command.option("--identity <file>", "a file of age identities: lines of AGE-SECRET-KEY-…");
}
