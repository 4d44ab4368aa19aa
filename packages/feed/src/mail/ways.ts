/** Which way mail goes, of those that there are. Pure. */
import type { Reader, Way } from "./readers.ts";
import type { Request } from "./requests.ts";

export interface ReaderAndWay {
  readonly reader: Reader;
  readonly way: Way;
}

/** So many ids of 256 go the first way, and the others any other: a letter that is sent again gets past a node that swallows it. */
const FIRST_WAY_IDS = 192;

/** The reader and the way that were silent least, and of these the reader that was not asked for longest: so all are asked in turn. */
export function bestWay(
  readers: readonly Reader[],
  { offer, to }: Pick<Request, "offer" | "to">,
  waysOf: (reader: Reader) => readonly Way[],
): ReaderAndWay | undefined {
  let best: ReaderAndWay | undefined;
  for (const reader of readers) {
    if ((reader.offers & offer) === 0) continue;
    if (to !== undefined && reader.node !== to) continue;
    for (const way of waysOf(reader)) {
      const found = { reader, way };
      if (best === undefined || compareWays(found, best) < 0) best = found;
    }
  }
  return best;
}

/** The neighbour to which mail of this id is passed on, of those that lead to its reader, the best one first: the reader itself where it is one, as nobody is left who could swallow it. Undefined: there is none. */
export function shareOfWays(peers: readonly string[], reader: string, id: string): string | undefined {
  if (peers.includes(reader)) return reader;
  const [first, second] = [id.slice(0, 2), id.slice(2, 4)].map((octet) => Number.parseInt(octet, 16));
  const at = first! < FIRST_WAY_IDS || peers.length < 2 ? 0 : 1 + (second! % (peers.length - 1));
  return peers[at];
}

function compareWays(a: ReaderAndWay, b: ReaderAndWay): number {
  const silences = a.reader.silences + a.way.silences - b.reader.silences - b.way.silences;
  return silences !== 0 ? silences : a.reader.askedAt - b.reader.askedAt;
}
