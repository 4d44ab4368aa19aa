/** Settings of the programs of nodes: keys of their configs that a mesh file does not write itself, and hands on as they are. */
import { z } from "zod";

/** A program of a node. */
export type NodeProgram = "link-flor" | "cluster-flor" | "fabric-flor";

/** The keys that are handed on, by program. Each program checks its own. */
export const HANDED_ON: Readonly<Record<NodeProgram, readonly string[]>> = {
  "link-flor": ["engine", "metrics", "dead-after", "quiet"],
  "cluster-flor": [
    "engine",
    "metrics",
    "otlp-traces",
    "access-log",
    "trust",
    "log",
    "transit-offload",
    "transport",
    "revocation",
    "revocation-grace",
    "expiry-grace",
    "expiry-warning",
  ],
  "fabric-flor": ["metrics", "otlp-metrics", "api", "seeds-file", "store", "signer", "endpoints", "device"],
};

/** Keys of a program's config with their values, by program. */
export type Settings = { [Program in NodeProgram]?: Record<string, unknown> | undefined };

/** The form of settings. A key that the mesh file writes itself is an unknown one here. */
export const settingsField: z.ZodOptional<z.ZodType<Settings, Settings>> = z
  .strictObject({
    "link-flor": keysOf("link-flor"),
    "cluster-flor": keysOf("cluster-flor"),
    "fabric-flor": keysOf("fabric-flor"),
  })
  .optional();

function keysOf(program: NodeProgram): z.ZodOptional<z.ZodType<Record<string, unknown>, Record<string, unknown>>> {
  return z.strictObject(Object.fromEntries(HANDED_ON[program].map((key) => [key, z.unknown().optional()]))).optional();
}

/** The settings of a node: its own keys take the place of those that all nodes have. */
export function mergeSettings(all: Settings | undefined, own: Settings | undefined): Settings {
  const merged = (program: NodeProgram): Record<string, unknown> => ({ ...all?.[program], ...own?.[program] });
  return {
    "link-flor": merged("link-flor"),
    "cluster-flor": merged("cluster-flor"),
    "fabric-flor": merged("fabric-flor"),
  };
}
