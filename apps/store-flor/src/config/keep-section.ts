/** The section `keep`: the fabric's log, usage and audit go into a collection. */
import type { CollectionId } from "@florenetes/blobs";
import { type ConfigDocument, pathField } from "@florenetes/config-file";
import { z } from "zod";
import { readCollectionId } from "./collection-id.ts";
import type { KeepErrorCode } from "./config-errors.ts";
import { collectionField } from "./gateway-section.ts";

/** Kinds that are kept, by the names of the config: each has its answer at `/pieces/<kind>` of an admin socket. */
export const KEPT_KINDS = ["log", "usage", "audit"] as const;

export type KeptKind = (typeof KEPT_KINDS)[number];

/** The section in the form of the file. */
export interface KeepSection {
  state: string;
  tunnels: string;
  agent: string;
  collection: string;
  what: KeptKind[];
  control?: string | undefined;
}

/** Keeps what the programs of this node have of the fabric. */
export interface KeepMode {
  /** Path of the folder in which it notes how far it is. */
  readonly state: string;
  /** Path of the folder of cluster-flor's tunnels to holders. */
  readonly tunnels: string;
  /** Path of the admin socket of the node's agent, which has the log and usage, and says what the collection is. */
  readonly agent: string;
  readonly collection: CollectionId;
  readonly what: readonly KeptKind[];
  /** Path of the admin socket of the node's control-flor, which has the audit; undefined: no audit is kept. */
  readonly control: string | undefined;
}

export const keepField: z.ZodOptional<z.ZodType<KeepSection>> = z
  .strictObject({
    state: pathField,
    tunnels: pathField,
    agent: pathField,
    collection: collectionField,
    what: z.array(z.enum(KEPT_KINDS)).min(1).max(KEPT_KINDS.length),
    control: pathField.optional(),
  })
  .optional();

/** Resolves the section. A kind that is there twice, and an audit without its program or the other way, are problems of the file. */
export function resolveKeep(document: ConfigDocument<unknown>, section: KeepSection): KeepMode {
  const { what, control } = section;
  const code: KeepErrorCode = "ERR_STORE_KEEP";
  for (const [at, kind] of what.entries())
    if (what.indexOf(kind) !== at)
      document.problem(["keep", "what", at], code, `${kind} is there twice`, "Remove one of them.");
  if (what.includes("audit") && control === undefined)
    document.problem(["keep", "what"], code, "`audit` is there without `control`", "Name control-flor's admin socket.");
  if (control !== undefined && !what.includes("audit"))
    document.problem(["keep", "control"], code, "`control` is there without `audit`", "Remove it, or add `audit`.");
  return {
    state: document.resolvePath(section.state),
    tunnels: document.resolvePath(section.tunnels),
    agent: document.resolvePath(section.agent),
    collection: readCollectionId(section.collection)!,
    what,
    control: control === undefined ? undefined : document.resolvePath(control),
  };
}
