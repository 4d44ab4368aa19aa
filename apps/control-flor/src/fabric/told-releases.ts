/** How far the releases of channels have come, as an agent tells that coordinates a partition. */
import { z } from "zod";

/** States of nodes by their names: `current`, `waiting`, `back` and others. */
type States = Readonly<Record<string, number>>;

export interface ToldReleases {
  readonly releases: readonly {
    readonly channel: string;
    readonly epoch: number;
    readonly inStage: number;
    readonly whole: number;
    readonly back: number;
  }[];
  readonly versions: readonly {
    readonly channel: string;
    readonly version: string;
    readonly told: number;
    readonly states: States;
  }[];
  /** Nodes that went back or refuse. */
  readonly nodes: readonly {
    readonly node: string;
    readonly channel: string;
    readonly version: string;
    readonly state: string;
    readonly code: string | null;
  }[];
}

/** The answer of an agent that coordinates nothing. */
export const NO_RELEASES: ToldReleases = { releases: [], versions: [], nodes: [] };

const text = z.string();
const count = z.number().nonnegative();

const coordinator: z.ZodType<ToldReleases> = z.object({
  releases: z.array(z.object({ channel: text, epoch: count, inStage: count, whole: count, back: count })),
  versions: z.array(z.object({ channel: text, version: text, told: count, states: z.record(text, count) })),
  nodes: z.array(z.object({ node: text, channel: text, version: text, state: text, code: text.nullable() })),
});

export const toldReleases: z.ZodType<ToldReleases> = z
  .object({ coordinator: coordinator.nullable() })
  .transform((told) => told.coordinator ?? NO_RELEASES);
