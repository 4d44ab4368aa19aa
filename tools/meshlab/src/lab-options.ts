import type { RandomBelow } from "@florenetes/mesh-file";
import type { StdioOptions } from "node:child_process";
import type { VertexCommand } from "./executables.ts";

/** The options of a lab. `OtherLab` is the type of the lab beside which it may be opened. */
export interface OptionsBeside<OtherLab> {
  /** `netns` needs root. Default: the mode of the lab `beside`, else `loopback`. */
  readonly mode?: "loopback" | "netns";
  /** Another lab, of another cluster, that was opened and not started. Nodes of the same name are then the same machine. */
  readonly beside?: OtherLab;
  /** The program that runs in place of link-flor: any that takes `run --config <link-flor.yaml>`. */
  readonly linkVertex?: VertexCommand;
  /** The link vertices of other portals, by portal. At a portal without one link-flor runs, if it understands the portal's `listen`. */
  readonly linkVertices?: Readonly<Record<string, VertexCommand>>;
  /** The program that runs in place of cluster-flor. */
  readonly clusterVertex?: VertexCommand;
  /** Puts a relay into each of link-flor's links, in front of the originator. Such a link can be rebound and impaired. */
  readonly relays?: boolean;
  /** Variables for the environment of all processes. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Draws the labels, for a mesh that needs the same ones each time. Default: they differ each time. */
  readonly randomBelow?: RandomBelow;
  /** Called with the subject of a step that takes long. */
  readonly onProgress?: (text: string) => void;
  /** Called when a process ended although nobody had asked it to, with the last lines of its log. */
  readonly onDeath?: (text: string) => void;
}

export interface SpawnOptions {
  readonly stdio?: StdioOptions;
  readonly environment?: Readonly<Record<string, string>>;
}
