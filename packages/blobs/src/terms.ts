/** Rules that people give a collection: the `collection` record (docs/protocol/facts.md), as a node's agent tells it. */
import { z } from "zod";
import { COPIES_MAX, COPIES_MIN, HOLDERS_MAX, PRINCIPALS_MAX, RECIPIENTS_MAX, UNRETAINED_MAX } from "./limits.ts";

/** A node that holds shards, and what fails as a whole with it: a rack, a site, a provider. */
export interface CollectionHolder {
  readonly node: string;
  readonly domain: string;
}

/** Names a collection: its record's scope and subject. */
export interface CollectionId {
  /** `cluster`, or `org/` and the name of an organization. */
  readonly scope: string;
  readonly name: string;
}

export interface CollectionTerms extends CollectionId {
  /** Epoch of the record. */
  readonly epoch: number;
  /** Whoever knows a higher one has nothing to do with those who know a lower one. */
  readonly recoveryEpoch: number;
  /** Copies of each shard. */
  readonly copies: number;
  readonly holders: readonly CollectionHolder[];
  /** Principals, as `user/alice`, who may read; writers may, too. */
  readonly readers: readonly string[];
  readonly writers: readonly string[];
  /** Seconds for which an object stays, whoever wants to remove it. */
  readonly retention: number;
  /** First parts of names that may be removed at any time: `locks` of restic. */
  readonly unretained: readonly string[];
  /** Octets of all objects together, without their copies. */
  readonly budget: number;
  /** Recipients of age for whom whatever `flor store` puts is sealed. */
  readonly recipients: readonly string[];
  /** The object that lists all that has to be there: SHA-256 of its sealed octets. */
  readonly manifest?: string | undefined;
  /** Octets that the organization may have in all its collections; undefined: nobody says. */
  readonly organizationBudget?: number | undefined;
}

/** A collection for people, as `org/acme/backups`. */
export function labelOf({ scope, name }: CollectionId): string {
  return `${scope}/${name}`;
}

const text = z.string().max(512);
const integer = z.int().min(0);

/** The form of an agent's answer at `/collections`; members that a later version adds are left out. */
export const toldCollections: z.ZodType<ToldCollections> = z.object({
  cluster: text,
  node: text,
  collections: z
    .array(
      z.object({
        scope: text,
        name: text,
        epoch: integer,
        recoveryEpoch: integer,
        copies: z.int().min(COPIES_MIN).max(COPIES_MAX),
        holders: z
          .array(z.object({ node: text, domain: text }))
          .min(COPIES_MIN)
          .max(HOLDERS_MAX),
        readers: z.array(text).max(PRINCIPALS_MAX),
        writers: z.array(text).max(PRINCIPALS_MAX),
        retention: integer,
        unretained: z.array(text).max(UNRETAINED_MAX),
        budget: integer,
        recipients: z.array(text).max(RECIPIENTS_MAX),
        manifest: text.optional(),
        organizationBudget: integer.optional(),
      }),
    )
    .max(1_024),
});

export interface ToldCollections {
  readonly cluster: string;
  readonly node: string;
  readonly collections: readonly CollectionTerms[];
}
