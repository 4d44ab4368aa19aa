import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const PIECE_SIZE = 1 << 20;

/** Counts how often octets are in the memory of another process: in pages for secrets, and in all other pages by the name of their mapping. */
export function searchMemory(
  pid: number,
  wanted: Uint8Array,
): { readonly secret: number; readonly elsewhere: string[] } {
  let secret = 0;
  const elsewhere: string[] = [];
  const memory = openSync(`/proc/${pid}/mem`, "r");
  const piece = Buffer.alloc(PIECE_SIZE + wanted.length - 1);
  try {
    // A mapping begins with its addresses, and ends with the line of its flags.
    const mappings = readFileSync(`/proc/${pid}/smaps`, "utf8").matchAll(
      /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$[^]*?^VmFlags: (.*)$/gm,
    );
    for (const [, from, to, access, name, flags] of mappings) {
      if (!access!.startsWith("r") || name!.startsWith("[v")) continue;
      const hits = countIn(memory, piece, Number.parseInt(from!, 16), Number.parseInt(to!, 16), wanted);
      // Pages for secrets have the flags of MADV_DONTDUMP and MADV_WIPEONFORK.
      if (/\bdd\b/.test(flags!) && /\bwf\b/.test(flags!)) secret += hits;
      else for (let hit = 0; hit < hits; hit++) elsewhere.push(name!);
    }
  } finally {
    closeSync(memory);
  }
  return { secret, elsewhere };
}

function countIn(memory: number, piece: Buffer, from: number, to: number, wanted: Uint8Array): number {
  let hits = 0;
  for (let at = from; at < to; at += PIECE_SIZE) {
    const bytes = piece.subarray(0, readPiece(memory, piece, at, Math.min(piece.length, to - at)));
    for (let hit = bytes.indexOf(wanted); hit >= 0 && hit < PIECE_SIZE; hit = bytes.indexOf(wanted, hit + 1)) hits++;
  }
  return hits;
}

/** Reads a piece of memory. Memory that was unmapped meanwhile, or that nothing backs, holds nothing. */
function readPiece(memory: number, into: Buffer, at: number, length: number): number {
  try {
    return readSync(memory, into, 0, length, at);
  } catch {
    return 0;
  }
}
