import type { RandomBelow } from "@florenetes/mesh-file";
import type { StdioOptions } from "node:child_process";
import type { VertexCommand } from "./executables.ts";

/** The options that a lab is opened with. `OtherLab` is the type of a lab that it may be opened beside. */
export interface OptionsBeside<OtherLab> {
  /** `netns` needs root. Default: `loopback`. With `beside` it is that of the other lab. */
  readonly mode?: "loopback" | "netns";
  /** Another lab, of another cluster, that was opened and not started: nodes of the same names are the same machines. */
  readonly beside?: OtherLab;
  /** Runs in place of link-flor: any program that takes `run --config <link-flor.yaml>`. */
  readonly linkVertex?: VertexCommand;
  /** The link vertices of other portals, by portal. Without one link-flor runs there, if it understands where the portal listens. */
  readonly linkVertices?: Readonly<Record<string, VertexCommand>>;
  /** Runs in place of cluster-flor. */
  readonly clusterVertex?: VertexCommand;
  /** Puts a relay into each of link-flor's links, in front of its originator, which can then be rebound and impaired. */
  readonly relays?: boolean;
  /** Put into the environment of all processes. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Draws the labels, for meshes that shall have the same ones. Default: they differ each time. */
  readonly randomBelow?: RandomBelow;
  /** Told what a step that takes long is about. */
  readonly onProgress?: (text: string) => void;
  /** Told of a process that ended although nobody had asked it to, with the last lines of its log. */
  readonly onDeath?: (text: string) => void;
}

export interface SpawnOptions {
  readonly stdio?: StdioOptions;
  readonly environment?: Readonly<Record<string, string>>;
}
