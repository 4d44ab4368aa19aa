import type { ChildProcess } from "node:child_process";

/** The node of a mesh that servers run on. */
export interface ServerPlace {
  /** Holds the servers' files. Users of their own come in. */
  readonly folder: string;
  /** Runs a command to its end. Throws when it fails. */
  prepare(...argv: readonly string[]): Promise<string>;
  /** Starts a server and waits until it listens on a TCP port of loopback. */
  serve(port: number, argv: readonly string[]): Promise<ChildProcess>;
}
