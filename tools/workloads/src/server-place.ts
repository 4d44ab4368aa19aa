import type { ChildProcess } from "node:child_process";

/** The node of a mesh on which servers run. */
export interface ServerPlace {
  /** The folder for the servers' files. Servers that run as users of their own may enter. */
  readonly folder: string;
  /** Runs a command to its end. Throws when it fails. */
  prepare(...argv: readonly string[]): Promise<string>;
  /** Starts a server and waits until it listens on a TCP port. */
  serve(port: number, argv: readonly string[]): Promise<ChildProcess>;
}
