import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Lab, NodeProcess } from "@florenetes/meshlab";

/** Moves a folder to a disk of one megabyte, unless it is on one, and fills that disk. Only one process sees it, by its mount namespace. */
const FILL = `
set -e
if ! mountpoint -q "$1"; then
  disk=$(mktemp -d -p "$(dirname "$1")")
  mount -t tmpfs -o size=1m,mode=0750 chaos "$disk"
  cp -a "$1/." "$disk/"
  mount --bind "$disk" "$1"
  umount "$disk"
  rmdir "$disk"
fi
cat /dev/zero > "$1/filler" 2> /dev/null || true
`;
const FREE = 'rm -f "$1/filler"';

/**
 * Disks for the state of single processes. Each process of a lab has its own mount namespace, and the disk goes with that. So a process
 * that is started again has the state from before the disk was full.
 */
export class Disks {
  readonly #lab: Lab;
  /** Numbers of processes, by node and name. */
  readonly #pids = new Map<string, number>();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  async fill(node: string, process: NodeProcess): Promise<void> {
    const { pid } = this.#lab.pids().find((each) => each.node === node && each.process === process)!;
    this.#pids.set(`${node} ${process}`, pid);
    await this.#run(pid, FILL, node, process);
  }

  async free(node: string, process: NodeProcess): Promise<void> {
    await this.#run(this.#pids.get(`${node} ${process}`)!, FREE, node, process);
  }

  async #run(pid: number, script: string, node: string, process: NodeProcess): Promise<void> {
    const { dirs } = this.#lab.mesh.nodes.find(({ name }) => name === node)!;
    const folder = process === "cluster-flor" ? dirs.stateCluster : dirs.stateLink;
    await promisify(execFile)("nsenter", ["--mount", "--target", String(pid), "sh", "-c", script, "sh", folder]);
  }
}
