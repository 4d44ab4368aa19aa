/** The section `storage`: a node that holds shards. */
import {
  checkedDuration,
  checkedRate,
  checkedText,
  type ConfigDocument,
  parseDuration,
  parseRate,
  parseSize,
  pathField,
} from "@florenetes/config-file";
import { z } from "zod";
import type { StoreConfigErrorCode } from "./config-errors.ts";
import { BUDGET_MAX, BUDGET_MIN, GONE_AFTER_MAX, GONE_AFTER_MIN } from "./limits.ts";

/** The section in the form of the file. */
export interface StorageSection {
  state: string;
  tunnels: string;
  agent: string;
  budget: string;
  "gone-after": number | string;
  rate?: string | undefined;
}

/** Holds shards of collections. */
export interface StorageMode {
  readonly mode: "storage";
  readonly state: string;
  /** Path of the folder of cluster-flor's tunnels to holders. */
  readonly tunnels: string;
  /** Path of the admin socket of the node's agent, whose records say what is held. */
  readonly agent: string;
  /** Octets of shards that are held. */
  readonly budget: number;
  /** Milliseconds after which a holder that gives no answer is gone: its shards are copied elsewhere. */
  readonly goneAfter: number;
  /** Octets of a second that copies for other holders take; undefined: as many as go. */
  readonly rate: number | undefined;
}

export const budgetField: z.ZodString = checkedText({
  test: (text) => {
    const octets = parseSize(text);
    return octets !== undefined && octets >= BUDGET_MIN && octets <= BUDGET_MAX;
  },
  code: "ERR_STORE_SIZE" satisfies StoreConfigErrorCode,
  message: (text) => `"${text}" is no size of 100 MB to 100 TB`,
  advice: 'As "20 GB".',
});

export const storageField: z.ZodOptional<z.ZodType<StorageSection>> = z
  .strictObject({
    state: pathField,
    tunnels: pathField,
    agent: pathField,
    budget: budgetField,
    "gone-after": checkedDuration({
      min: GONE_AFTER_MIN,
      max: GONE_AFTER_MAX,
      range: "of 1 min to 7 d",
      code: "ERR_STORE_TIME" satisfies StoreConfigErrorCode,
      advice: 'As "10 min".',
    }).default("10 min"),
    rate: checkedRate("ERR_STORE_RATE" satisfies StoreConfigErrorCode).optional(),
  })
  .optional();

export function resolveStorage(document: ConfigDocument<unknown>, section: StorageSection): StorageMode {
  return {
    mode: "storage",
    state: document.resolvePath(section.state),
    tunnels: document.resolvePath(section.tunnels),
    agent: document.resolvePath(section.agent),
    budget: parseSize(section.budget)!,
    goneAfter: parseDuration(section["gone-after"])!,
    rate: section.rate === undefined ? undefined : parseRate(section.rate)! / 8,
  };
}
