/** Holders of collections that failed challenges, as an agent tells whose node holds the same collections. */
import { z } from "zod";

/** Failures of a holder, since the holder that challenges has started. */
export interface HolderChallenges {
  /** Shards that were absent, or had other octets. */
  readonly failures: number;
  /** The holder has shown none of the shards of two challenges in a row. */
  readonly keepsNothing: boolean;
}

/** A holder that did not show shards which it is to have. */
export interface ToldHolder extends HolderChallenges {
  /** Scope and name of the collection. */
  readonly scope: string;
  readonly name: string;
  readonly node: string;
}

/** More than an agent tells. */
const HOLDERS_MAX = 256;
/** A view without any has the same ones each time. */
export const NO_HOLDERS: readonly ToldHolder[] = [];

const text = z.string().max(255);

export const toldHolders: z.ZodType<{ readonly holders: readonly ToldHolder[] }> = z.object({
  holders: z
    .array(
      z.object({ scope: text, name: text, node: text, failures: z.int().nonnegative(), keepsNothing: z.boolean() }),
    )
    .max(HOLDERS_MAX),
});
