/** Memory of a process by what it is for, in MB, from the text of `/proc/PID/smaps` (proc_pid_smaps(5)). */
export interface MemoryParts {
  /** Node's own file: program, builtins, V8's snapshot. All processes that run it share its pages. */
  readonly "Node's file": number;
  /** Libraries and add-ons, shared as well. */
  readonly libraries: number;
  /** V8's heap, the program's text, buffers, arenas and stacks of threads. */
  readonly "V8 and buffers": number;
  /** Code that V8 has made for the machine. */
  readonly "machine code": number;
  /** The heap of C, from which the main thread allocates. */
  readonly "C heap": number;
}

/** A mapping's first line: addresses, rights, offset, device, inode, and a name that may be empty. */
const HEAD = /^[0-9a-f]+-[0-9a-f]+ (\S{4}) \S+ \S+ \d+ *(.*)$/;
const SIZE = /^(Rss|Pss): +(\d+) kB$/;

/**
 * Sums up the mappings of a process.
 *
 * @param size `Rss` counts all pages of shared files, `Pss` the process's share of them
 * @param node the file of Node
 */
export function memoryParts(smaps: string, size: "Rss" | "Pss", node: string): MemoryParts {
  const parts = { "Node's file": 0, libraries: 0, "V8 and buffers": 0, "machine code": 0, "C heap": 0 };
  let part: keyof MemoryParts = "V8 and buffers";
  for (const line of smaps.split("\n")) {
    const [, rights, name] = HEAD.exec(line) ?? [];
    if (rights !== undefined) part = partOf(rights, name!, node);
    const [, kind, kilobytes] = SIZE.exec(line) ?? [];
    if (kind === size) parts[part] += Number(kilobytes) / 1024;
  }
  return parts;
}

function partOf(rights: string, name: string, node: string): keyof MemoryParts {
  if (name === node) return "Node's file";
  if (name.startsWith("/")) return "libraries";
  if (name === "[heap]") return "C heap";
  return rights.includes("x") && name === "" ? "machine code" : "V8 and buffers";
}
