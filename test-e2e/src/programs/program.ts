import type { ProgramMesh, Serving, ServiceAddresses } from "./program-mesh.ts";

/** A program that nobody here wrote, with its clients: what it needs, what it has in a mesh, and its tests. */
export interface Program extends Serving {
  readonly name: string;
  /** The program is left out where one of these is not installed: programs by name, other files by their absolute path. */
  readonly needs: readonly string[];
  /** How many bytes the program moves in each of its transfers. A slow line gets fewer. */
  readonly bytes: number;
  /**
   * Describes its tests, with so many bytes, 50,000 or more. What it gives to `beginFirst` happens before the tests of all programs, and goes on while
   * they run.
   */
  describe(mesh: ProgramMesh, bytes: number, beginFirst: (begin: () => Promise<void>) => void): void;
}

/** The ports of a service on d and of the tunnel to it on a. */
export interface Ports {
  readonly target: number;
  readonly tunnel: number;
}

export function overTcp({ target, tunnel }: Ports, targetHost = "127.0.0.1"): ServiceAddresses {
  return { target: `tcp://${targetHost}:${target}`, listen: `tcp://127.0.0.1:${tunnel}` };
}
