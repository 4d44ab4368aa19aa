/** The record of a collection of storage: who holds it, and who reads and writes it. */
import { parseDuration, parseSize } from "@florenetes/config-file";
import type { Bodies } from "@florenetes/facts";
import { type Command, InvalidArgumentError } from "commander";
import type { Output } from "../output.ts";
import { type BodyOptions, given, proposeKind, withBody } from "./propose-kind.ts";
import { parseCount } from "./proposal-options.ts";

type Holder = Bodies["collection"]["holders"][number];

interface CollectionOptions extends BodyOptions {
  readonly holder?: readonly Holder[];
  readonly copies?: number;
  readonly reader?: readonly string[];
  readonly writer?: readonly string[];
  readonly retention?: number;
  readonly unretained?: readonly string[];
  readonly budget?: number;
  readonly recipient?: readonly string[];
  readonly manifest?: string;
  readonly recoveryEpoch?: number;
}

/** `flor fabric propose collection`. */
export function addCollectionProposal(propose: Command, output: Output): void {
  withBody(propose.command("collection"))
    .description("which nodes hold a collection of storage, for whom, and for how long")
    .argument("<name>", "name of the collection")
    .option("--holder <node/domain...>", "nodes that hold it, each with what fails as a whole with it", collectHolder)
    .option("--copies <n>", "copies of each shard, 2 to 5 (default: 3)", parseCount)
    .option("--writer <principal...>", "who may write, and read: user/alice, service/backup")
    .option("--reader <principal...>", "who may only read")
    .option("--budget <size>", "how much all objects may have, without their copies: 500GB, or octets", parseOctets)
    .option("--retention <duration>", "for how long nobody removes an object (default: 30d)", parseSeconds)
    .option("--unretained <name...>", "first parts of names that may be removed at any time: locks, for restic")
    .option("--recipient <key...>", "public keys of age for which `flor store put` seals")
    .option("--manifest <sha256>", "hash of the sealed list of all that has to be there")
    .option("--recovery-epoch <n>", "who goes by a lower one is shut out (default: 1)", parseCount)
    .action((name: string, options: CollectionOptions) =>
      proposeKind("collection", name, options, bodyOfOptions(options), output),
    );
}

function bodyOfOptions(options: CollectionOptions): Partial<Bodies["collection"]> {
  return given({
    copies: options.copies,
    holders: options.holder,
    readers: options.reader,
    writers: options.writer,
    retention: options.retention,
    unretained: options.unretained,
    "recovery-epoch": options.recoveryEpoch,
    budget: options.budget,
    recipients: options.recipient,
    manifest: options.manifest,
  });
}

function collectHolder(text: string, holders: readonly Holder[] = []): readonly Holder[] {
  const [node, domain, ...rest] = text.split("/");
  if (!node || !domain || rest.length > 0) throw new InvalidArgumentError("NODE/DOMAIN is needed, as b/north.");
  return [...holders, { node, domain }];
}

function parseOctets(text: string): number {
  return parseSize(text) ?? parseCount(text);
}

function parseSeconds(text: string): number {
  const life = parseDuration(text);
  if (life === undefined) throw new InvalidArgumentError("A duration as 30d is needed.");
  return Math.floor(life / 1_000);
}
