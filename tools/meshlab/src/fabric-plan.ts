import type { PublicKey } from "@florenetes/facts/authoring";
import type { VertexCommand } from "./executables.ts";

/** The services and tunnels of a lab whose nodes have control agents. */
export interface FabricPlan {
  /** The program that runs in place of fabric-flor. */
  readonly agentProgram?: VertexCommand;
  /** By the service's name: who may use it, and its target on each node that can host it. */
  readonly services: Readonly<
    Record<
      string,
      {
        readonly allow: readonly string[];
        readonly targets: Readonly<Record<string, string>>;
        /** The service has one host at a time. */
        readonly leader?: "fabric";
        /** Further keys of the service, as the config has them: `flow-idle`, `proxy-protocol`. */
        readonly keys?: Readonly<Record<string, unknown>>;
      }
    >
  >;
  /** Tunnels whose path is the agents'. */
  readonly tunnels: readonly {
    readonly node: string;
    readonly listen: string;
    readonly as: string;
    readonly service: string;
    /** The traffic class; default: the config's own. */
    readonly class?: string;
  }[];
  /** Nodes with a socket of data sessions, `sessions.sock` beside the config of their cluster vertex: as whom, and to which services. */
  readonly sessions?: Readonly<Record<string, { readonly as: string; readonly services: readonly string[] }>>;
  /** How long new connections of tunnels and sessions wait for their far end, as the config has it; default: the config's own. */
  readonly connectWait?: string;
  /** `all`: pins bind links and services of the file, too; default: the overlay alone. */
  readonly pins?: "all";
  /** A root for trials: nodes may publish, and call, addresses of this machine itself, and one program may let in nodes. */
  readonly development?: boolean;
  /**
   * The nodes of which all know at first. The links of the lab's mesh then say who reaches whom: no file has one, and agents make them, so that the lab is up
   * only behind `FabricLab.up`.
   */
  readonly seeds?: readonly string[];
  /** The key `store` of nodes that keep a copy of the log, as their config has it. */
  readonly stores?: Readonly<Record<string, unknown>>;
  /** Nodes with a program's key, which renews records and lets in nodes with a token; two have to sign, so that they need one store. */
  readonly programs?: readonly string[];
  /** Keys that sign releases, of which more than half have to; default: nobody signs any. */
  readonly updateKeys?: readonly PublicKey[];
  /** Organizations of nodes; default: `lab`. */
  readonly organizations?: Readonly<Record<string, string>>;
  /** Further keys of nodes' agents, as their config has them: `coordinator`, `endpoints`. */
  readonly agents?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Further keys below `fabric` of nodes' cluster vertices: `relay`, `links-max`, `dial`. */
  readonly doors?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
