/** The body of a collection: who holds what an organization keeps, and who may write and read it. docs/operate/storage.md has what it means. */
import { isName } from "@florenetes/operator-text";
import { z } from "zod";
import { distinct, hashField, integerField, nameField } from "./fields.ts";
import {
  COLLECTION_COPIES_MAX,
  COLLECTION_COPIES_MIN,
  COLLECTION_HOLDERS_MAX,
  RECIPIENT_LENGTH_MAX,
  RECIPIENTS_MAX,
  RETENTION_SECONDS_MAX,
  UNRETAINED_MAX,
} from "./limits.ts";

/** The subject is the name of the collection. */
export interface CollectionBody {
  /** Copies of each shard. */
  readonly copies: number;
  /** Nodes that hold it, and what fails as a whole with each of them: a rack, a site, a provider. */
  readonly holders: readonly { readonly node: string; readonly domain: string }[];
  /** Principals that may read, as `user/alice`. */
  readonly readers: readonly string[];
  /** Principals that may write, and read, too. */
  readonly writers: readonly string[];
  /** Seconds for which nobody removes an object. */
  readonly retention: number;
  /** First parts of names of objects that may go at any time. */
  readonly unretained: readonly string[];
  /** Whoever goes by a lower one is shut out by those who go by this one. */
  readonly "recovery-epoch": number;
  /** Octets of all objects, without their copies. */
  readonly budget: number;
  /** Recipients of age for whom objects are sealed. */
  readonly recipients: readonly string[];
  /** SHA-256 of the sealed list of all that has to be there. */
  readonly manifest?: string | undefined;
}

const RECIPIENT = /^age1[0-9a-z]+$/;

const principals = distinct(
  z.string().refine((text) => isPrincipal(text)),
  (text) => text,
);

export const collectionBody: z.ZodType<CollectionBody> = z
  .strictObject({
    copies: z.int().min(COLLECTION_COPIES_MIN).max(COLLECTION_COPIES_MAX),
    holders: distinct(
      z.strictObject({ node: nameField, domain: nameField }),
      ({ node }) => node,
      COLLECTION_HOLDERS_MAX,
    ),
    readers: principals,
    writers: principals,
    retention: integerField.max(RETENTION_SECONDS_MAX),
    unretained: distinct(nameField, (name) => name, UNRETAINED_MAX),
    "recovery-epoch": integerField,
    budget: integerField,
    recipients: distinct(z.string().max(RECIPIENT_LENGTH_MAX).regex(RECIPIENT), (text) => text, RECIPIENTS_MAX),
    manifest: hashField.optional(),
  })
  .refine(({ copies, holders }) => holders.length >= copies, "fewer holders than copies");

/** Whether a text is a user or a service, as services are told who asks: `user/alice`. */
function isPrincipal(text: string): boolean {
  const [kind, name, ...rest] = text.split("/");
  return (kind === "user" || kind === "service") && name !== undefined && isName(name) && rest.length === 0;
}
