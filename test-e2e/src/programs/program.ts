import type { ProgramMesh, Serving, ServiceAddresses } from "./program-mesh.ts";

/** A program of other people, with its clients: what it needs, its services in a mesh, and its tests. */
export interface Program extends Serving {
  readonly name: string;
  /** Programs by name, other files by their absolute path: the tests are left out where one of these is not installed. */
  readonly needs: readonly string[];
  /** How many bytes the program moves in each of its transfers. A slow line gets fewer. */
  readonly bytes: number;
  /**
   * Describes its tests, with this many bytes, 50,000 or more. Acts that it gives to `beginFirst` happen before the tests of all programs,
   * and go on while they run.
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
