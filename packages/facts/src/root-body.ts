/** The root descriptor: which keys may sign what, and how many of them it takes. */
import { z } from "zod";
import { distinct, hashField, integerField, nameField } from "./fields.ts";
import {
  AUTHORITY_KEYS_MAX,
  GRACE_SECONDS_MAX,
  SIGNATURES_MAX,
  X509_ROOT_LENGTH_MAX,
  X509_ROOTS_MAX,
} from "./limits.ts";

/** Authorities whose keys a root descriptor lists. */
export type QuorumName = "root" | "control" | "update" | "storage";

export interface ListedKey {
  /** The raw Ed25519 public key: 32 octets in lower-case hex. */
  readonly key: string;
  /** For people: whose key it is. */
  readonly name: string;
  /** The key of a program that signs by written rules; only in `control` and `update`. */
  readonly auto?: true | undefined;
}

export interface KeyList {
  /** How many of the keys have to sign. */
  readonly threshold: number;
  readonly keys: readonly ListedKey[];
}

export interface RootBody {
  readonly mode: "production" | "development";
  readonly authorities: {
    readonly root: KeyList;
    readonly control: KeyList;
    readonly update?: KeyList | undefined;
    readonly storage?: KeyList | undefined;
  };
  readonly recovery: "none" | KeyList;
  /** Seconds for which keys go on counting that the version before had, and this one has not. */
  readonly grace: number;
  /** Certificates in DER, in base64. */
  readonly "x509-roots": readonly string[];
}

const listedKey = z.strictObject({ key: hashField, name: nameField });
const keyOfAnybody = listedKey.extend({ auto: z.literal(true).optional() });
const keyList = listOf(listedKey);
const keyListWithPrograms = listOf(keyOfAnybody);
const certificate = z.string().min(1).max(X509_ROOT_LENGTH_MAX).refine(isBase64);

export const rootBody: z.ZodType<RootBody> = z
  .strictObject({
    mode: z.enum(["production", "development"]),
    authorities: z.strictObject({
      root: keyList,
      control: keyListWithPrograms,
      update: keyListWithPrograms.optional(),
      storage: keyList.optional(),
    }),
    recovery: z.union([z.literal("none"), keyList]),
    grace: integerField.max(GRACE_SECONDS_MAX),
    "x509-roots": distinct(certificate, (text) => text, X509_ROOTS_MAX),
  })
  .refine(areListsSound);

/** All key lists of a descriptor. */
function listsOf({ authorities, recovery }: RootBody): KeyList[] {
  const { root, control, update, storage } = authorities;
  const lists = [root, control, update, storage, recovery === "none" ? undefined : recovery];
  return lists.filter((list) => list !== undefined);
}

/**
 * Each list needs more than half of its keys of people, and at least two of them unless the mode is development; keys of people are enough. Those that are
 * marked `auto` come on top: programs say again what people have said, so that their quorums need not meet. A key stands once in the whole descriptor,
 * whatever it is called.
 */
function areListsSound(body: RootBody): boolean {
  const lists = listsOf(body);
  const keys = lists.flatMap((list) => list.keys.map(({ key }) => key));
  const least = body.mode === "development" ? 1 : 2;
  const isSound = ({ threshold, keys }: KeyList): boolean => {
    const people = keys.filter(({ auto }) => auto !== true).length;
    return threshold >= least && 2 * threshold > people && threshold <= people;
  };
  return new Set(keys).size === keys.length && lists.every(isSound);
}

function listOf<Key extends ListedKey>(key: z.ZodType<Key>): z.ZodType<KeyList> {
  return z.strictObject({
    threshold: z.int().min(1).max(SIGNATURES_MAX),
    keys: z.array(key).min(1).max(AUTHORITY_KEYS_MAX),
  });
}

/** Whether a text is the one base64 of some octets (RFC 4648, 4). */
function isBase64(text: string): boolean {
  return Buffer.from(text, "base64").toString("base64") === text;
}
