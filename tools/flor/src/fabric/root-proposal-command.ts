/** The next version of a root, as a rotation of keys makes it. */
import { describeChange, bodyOf, type Fact, type KeyList, type RootBody } from "@florenetes/facts";
import {
  authoringError,
  type ProposedKeys,
  proposeRoot,
  requireRecord,
  standingsUnder,
} from "@florenetes/facts/authoring";
import { type Command, Option } from "commander";
import type { Output } from "../output.ts";
import { parseCount, parseEnd } from "./proposal-options.ts";
import { readPublicKeyArgument } from "./public-key-argument.ts";
import { readRootFile, writeNewRecord } from "./record-files.ts";
import { readRecordFolder } from "./record-folder.ts";
import { usageError } from "./usage-error.ts";

interface RootOptions {
  readonly after: string;
  readonly out?: string;
  readonly rootKey?: readonly string[];
  readonly controlKey?: readonly string[];
  readonly programKey?: readonly string[];
  readonly programs?: false;
  readonly updateKey?: readonly string[];
  readonly updateProgramKey?: readonly string[];
  readonly updatePrograms?: false;
  readonly storageKey?: readonly string[];
  readonly recoveryKey?: readonly string[];
  readonly recovery?: false;
  readonly threshold?: number;
  readonly grace?: (now: number) => number;
  readonly expires?: (now: number) => number;
  readonly records?: string;
  readonly draft?: true;
}

/** `flor fabric propose root`. */
export function addRootProposal(propose: Command, output: Output): void {
  propose
    .command("root")
    .description("the next version of the root, with other keys; it takes the root quorums of both versions")
    .requiredOption("--after <file>", "the root of today; what is not named stays")
    .option("--root-key <key...>", "all keys of the root from now on: key.pub, a key folder, or NAME=HEX")
    .option("--control-key <key...>", "all keys that sign nodes, roles, services and policies from now on")
    .addOption(
      new Option(
        "--program-key <key...>",
        "all keys of programs that renew these records unchanged; they count for nothing else but nodes of the lowest tier",
      ).conflicts("programs"),
    )
    .option("--no-programs", "no such keys any more")
    .option("--update-key <key...>", "all keys that sign releases from now on")
    .addOption(
      new Option(
        "--update-program-key <key...>",
        "all keys of programs that raise stages of releases by rules that people have signed",
      ).conflicts("updatePrograms"),
    )
    .option("--no-update-programs", "no such keys any more")
    .option("--storage-key <key...>", "all keys that sign collections of storage from now on")
    .addOption(
      new Option(
        "--recovery-key <key...>",
        "all keys that may once sign a next version in the place of the root's, which then waits for 72 hours",
      ).conflicts("recovery"),
    )
    .option("--no-recovery", "no such keys any more")
    .option("--threshold <n>", "how many of the named keys have to sign (default: more than half)", parseCount)
    .option("--grace <duration>", "how long keys that it leaves out count on; 0s after a theft (default: 7d)", parseEnd)
    .option("--records <dir>", "where keys are left out: the folder with the records in force, as files *.fact")
    .addOption(
      new Option(
        "--draft",
        "write it before void records are signed anew, for `resign --root`; it is not to be signed",
      ).conflicts("records"),
    )
    .option("--expires <when>", "a time as 2027-01-31T12:00:00Z, or a duration as 30d (default: 365d)", parseEnd)
    .option("--out <file>", "the file to write; it must not exist yet (default: it is shown)")
    .action((options: RootOptions) => proposeNext(options, output));
}

function proposeNext(options: RootOptions, output: Output): void {
  const now = Date.now();
  const after = readRootFile(options.after);
  const body = bodyOf(after, "root")!;
  const { root, control, update, storage } = body.authorities;
  const { threshold, rootKey, storageKey } = options;
  const ofUpdate = {
    people: options.updateKey,
    programs: options.updatePrograms === false ? [] : options.updateProgramKey,
  };
  const octets = proposeRoot({
    cluster: after.cluster,
    mode: body.mode,
    authorities: {
      root: keysOf(root, rootKey, threshold),
      control: withPrograms(
        control,
        { people: options.controlKey, programs: options.programs === false ? [] : options.programKey },
        threshold,
      ),
      ...((update !== undefined || ofUpdate.people !== undefined) && {
        update: withPrograms(update ?? NOBODY, ofUpdate, threshold),
      }),
      ...((storage !== undefined || storageKey !== undefined) && {
        storage: keysOf(storage ?? NOBODY, storageKey, threshold),
      }),
    },
    grace: options.grace === undefined ? undefined : Math.floor((options.grace(now) - now) / 1_000),
    recovery: recoveryOf(body, options),
    x509Roots: body["x509-roots"],
    after,
    now,
    expires: options.expires?.(now),
  });
  const next = requireRecord(octets);
  if (options.draft !== true) requireNoVoidLost(next, options, removedFrom(body, bodyOf(next, "root")!), now);
  writeNewRecord(options.out, octets, output);
  if (options.out !== undefined) output.out(describeChange(next, after, now));
}

function recoveryOf({ recovery }: RootBody, { recovery: isKept, recoveryKey }: RootOptions): ProposedKeys | "none" {
  if (recoveryKey !== undefined) return { keys: recoveryKey.map((text) => readPublicKeyArgument(text)) };
  return isKept === false ? "none" : recovery;
}

function keysOf(before: KeyList, texts: readonly string[] | undefined, threshold: number | undefined): ProposedKeys {
  return texts === undefined ? before : { keys: texts.map((text) => readPublicKeyArgument(text)), threshold };
}

/** The list of an authority that the root does not have yet. */
const NOBODY: KeyList = { threshold: 1, keys: [] };

/** Keys of people and of programs are named apart: whoever changes the ones keeps the others. */
function withPrograms(
  before: KeyList,
  named: { readonly people: readonly string[] | undefined; readonly programs: readonly string[] | undefined },
  threshold: number | undefined,
): ProposedKeys {
  const people = { ...before, keys: before.keys.filter(({ auto }) => auto !== true) };
  const { keys, threshold: needed } = keysOf(people, named.people, threshold);
  const listed = before.keys.filter(({ auto }) => auto === true);
  const programs = named.programs?.map((text) => ({ ...readPublicKeyArgument(text), auto: true as const }));
  return { keys: [...keys, ...(programs ?? listed)], threshold: needed };
}

/** A void record that loses its quorum stands in nobody's way any more once a successor is there: so it gets one before its keys go. */
function requireNoVoidLost(next: Fact, { records, after }: RootOptions, removed: readonly string[], now: number): void {
  if (removed.length === 0) return;
  if (records === undefined)
    throw usageError(`${removed.join(", ")}: where keys are left out, it takes --records, or --draft`);
  const facts = readRecordFolder(records).map(({ fact }) => fact);
  const lost = [
    ...standingsUnder(
      next,
      facts.filter(({ cluster }) => cluster === next.cluster),
      now,
    ),
  ]
    .filter(([fact, standing]) => fact.void === true && standing === "lost")
    .map(([{ kind, subject }]) => `${kind} ${subject}`);
  if (lost.length > 0)
    throw authoringError("ERR_FABRIC_VOIDS", `these are void by keys that the root leaves out: ${lost.join(", ")}`, {
      file: after,
    });
}

/** Names of the keys of all authorities but the root's own that a next version does not list. */
function removedFrom(before: RootBody, next: RootBody): readonly string[] {
  const listed = new Set(listsOf(next).flatMap(({ keys }) => keys.map(({ key }) => key)));
  const { control, update, storage } = before.authorities;
  return [control, update, storage]
    .flatMap((list) => list?.keys ?? [])
    .filter(({ key }) => !listed.has(key))
    .map(({ name }) => name);
}

function listsOf({ authorities }: RootBody): readonly KeyList[] {
  return Object.values(authorities).filter((list) => list !== undefined);
}
