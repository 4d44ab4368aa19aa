/**
 * The form of metadata files, judged before tuf-js reads them: its readers copy all members that are there for each of them, and count signatures by
 * key ids, which are the author's. So what has too many members, nests too deep, or has one key twice never gets there.
 */
import { hash } from "node:crypto";
import { z } from "zod";
import {
  COMMAS_MAX,
  DEPTH_MAX,
  KEYS_MAX,
  META_FILES_MAX,
  ROOT_SIZE_MAX,
  SNAPSHOT_SIZE_MAX,
  TARGET_LENGTH_MAX,
  TARGETS_MAX,
  TARGETS_SIZE_MAX,
  TIMESTAMP_SIZE_MAX,
} from "./limits.ts";
import { repositoryError } from "./repository-errors.ts";
import { TARGET_NAME } from "./repository-source.ts";

export type Role = "root" | "timestamp" | "snapshot" | "targets";

/** Octets of the largest file of each role. */
export const SIZES_MAX: Readonly<Record<Role, number>> = {
  root: ROOT_SIZE_MAX,
  timestamp: TIMESTAMP_SIZE_MAX,
  snapshot: SNAPSHOT_SIZE_MAX,
  targets: TARGETS_SIZE_MAX,
};

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const version = z.int().min(1);
const count = z.int().min(1).max(KEYS_MAX);
const beginning = {
  spec_version: z.string().regex(/^1\.\d{1,3}(?:\.\d{1,3})?$/),
  version,
  // Without a zone it would be another time on each node.
  expires: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/),
};
const role = z.looseObject({ keyids: z.array(hex64).max(KEYS_MAX), threshold: count });
const key = z.strictObject({
  keytype: z.literal("ed25519"),
  scheme: z.literal("ed25519"),
  keyval: z.strictObject({ public: hex64 }),
});
const hashes = z.looseObject({ sha256: hex64 });
const metaFile = z.looseObject({ version, length: z.int().min(0).optional(), hashes: hashes.optional() });
const target = z.looseObject({ length: z.int().min(0).max(TARGET_LENGTH_MAX), hashes });

const signed = {
  root: z.looseObject({
    _type: z.literal("root"),
    ...beginning,
    consistent_snapshot: z.literal(true),
    keys: bounded(hex64, key, KEYS_MAX),
    roles: z.strictObject({ root: role, timestamp: role, snapshot: role, targets: role }),
  }),
  timestamp: z.looseObject({
    _type: z.literal("timestamp"),
    ...beginning,
    meta: z.strictObject({ "snapshot.json": metaFile }),
  }),
  snapshot: z.looseObject({
    _type: z.literal("snapshot"),
    ...beginning,
    meta: bounded(z.string().max(128), metaFile, META_FILES_MAX),
  }),
  targets: z.looseObject({
    _type: z.literal("targets"),
    ...beginning,
    targets: bounded(z.string().regex(TARGET_NAME), target, TARGETS_MAX),
    // Everything that nodes install is signed by the quorum itself.
    delegations: z.undefined().optional(),
  }),
} satisfies Record<Role, z.ZodType>;

const signatures = z
  .array(z.looseObject({ keyid: hex64, sig: z.string().regex(/^[0-9a-f]{128}$/) }))
  .max(KEYS_MAX)
  .refine((list) => new Set(list.map(({ keyid }) => keyid)).size === list.length, "two signatures are of one key");

const forms: Readonly<Record<Role, z.ZodType>> = {
  root: z.object({ signed: signed.root, signatures }),
  timestamp: z.object({ signed: signed.timestamp, signatures }),
  snapshot: z.object({ signed: signed.snapshot, signatures }),
  targets: z.object({ signed: signed.targets, signatures }),
};

type RootForm = z.infer<typeof signed.root>;
type Key = z.infer<typeof key>;
type ListedKeys = z.infer<typeof role>;

/**
 * Judges the form of a metadata file.
 *
 * @param path For the message
 * @throws OperatorError ERR_RELEASE_TOO_LONG, ERR_RELEASE_FORM, ERR_RELEASE_KEY_TWICE
 */
export function checkForm(kind: Role, octets: Uint8Array, path: string): void {
  if (octets.length > SIZES_MAX[kind])
    throw repositoryError("ERR_RELEASE_TOO_LONG", `${path} has more than ${SIZES_MAX[kind]} octets`);
  const value = parse(octets, path);
  const fault = forms[kind].safeParse(value).error?.issues[0];
  if (kind === "root") checkKeysOnce(value, path);
  if (fault !== undefined) {
    const place = fault.path.map(String).join(".");
    throw formError(path, place === "" ? fault.message : `${place}: ${fault.message}`);
  }
  if (kind === "root") checkKeyIds((value as { readonly signed: RootForm }).signed, path);
}

function parse(octets: Uint8Array, path: string): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw formError(path, "it is not UTF-8");
  }
  const fault = findShapeFault(text);
  if (fault !== undefined) throw formError(path, fault);
  try {
    return JSON.parse(text);
  } catch {
    throw formError(path, "it is no JSON");
  }
}

/** Says what is wrong with the shape of a JSON text, whether it is one or not: it is looked at before it is parsed. */
export function findShapeFault(text: string): string | undefined {
  let depth = 0;
  let commas = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInString && character === "\\") at++;
    else if (character === '"') isInString = !isInString;
    else if (isInString) continue;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === ",") commas++;
    if (depth > DEPTH_MAX) return `it nests deeper than ${DEPTH_MAX} levels`;
    if (commas > COMMAS_MAX) return `it has more than ${COMMAS_MAX} members`;
  }
  return undefined;
}

/** Told before any other fault of a root: whoever does so means to have one signature counted twice. */
function checkKeysOnce(root: unknown, path: string): void {
  const { keys, roles } = (root as { readonly signed?: Partial<RootForm> | null } | null)?.signed ?? {};
  const publics = Object.values(keys ?? {}).map((each: Partial<Key> | null) => each?.keyval?.public);
  const lists = Object.values(roles ?? {}).map((each: Partial<ListedKeys> | null) => each?.keyids);
  for (const list of [publics, ...lists]) {
    if (!Array.isArray(list)) continue;
    const seen = new Set<string>();
    // A member that is no text makes the form wrong, which is told below.
    const names = (list as unknown[]).filter((name) => typeof name === "string");
    for (const each of names.map((name) => name.toLowerCase())) {
      if (seen.has(each))
        throw repositoryError("ERR_RELEASE_KEY_TWICE", `${path} has the key ${each.slice(0, 64)} twice`);
      seen.add(each);
    }
  }
}

function checkKeyIds({ keys }: RootForm, path: string): void {
  for (const [id, { keyval }] of Object.entries(keys))
    if (id !== tufKeyIdOf(keyval.public)) throw formError(path, `${id} is not the id of its key`);
}

/** The id of an Ed25519 key in a repository: SHA-256 of its canonical JSON, in lower-case hex (TUF, 4.2). */
export function tufKeyIdOf(publicKey: string): string {
  return hash("sha256", `{"keytype":"ed25519","keyval":{"public":"${publicKey}"},"scheme":"ed25519"}`, "hex");
}

function bounded<Value extends z.ZodType>(
  name: z.ZodString,
  value: Value,
  max: number,
): z.ZodRecord<z.ZodString, Value> {
  return z.record(name, value).refine((members) => Object.keys(members).length <= max, `more than ${max} members`);
}

function formError(path: string, fault: string): Error {
  return repositoryError("ERR_RELEASE_FORM", `${path} is no such file of a repository: ${fault}`);
}
