/** A sentence of the documents that a vertex has to keep. */
export interface Requirement {
  /** The number of the requirement, for example `PA-3`. */
  readonly number: string;
  readonly text: string;
  /** The reason why the requirement cannot be seen from outside; undefined: the kit checks it. */
  readonly notSeen: string | undefined;
}

const ROW = /^\| ((?:LV|FI|PA|CV|PC)-\d+) \| ([^|]+) \|([^|]*)\|$/gm;
const NOT_SEEN = "not seen: ";

/** Reads the tables of docs/protocol/link-vertex.md or docs/protocol/cluster-vertex.md. A row has a number, a sentence, and the place that
 *  explains it, or the reason why it is not seen. */
export function readRequirements(page: string): readonly Requirement[] {
  return Array.from(page.matchAll(ROW), ([, number = "", text = "", more = ""]) => {
    return { number, text, notSeen: more.split(NOT_SEEN)[1]?.trim() };
  });
}

const SHARED = /^Shared with link vertices: (.+)\.$/m;

/** The numbers of docs/protocol/link-vertex.md that bind cluster vertices, too, as docs/protocol/cluster-vertex.md lists them. */
export function readSharedNumbers(page: string): readonly string[] {
  return SHARED.exec(page)?.[1]?.split(", ") ?? [];
}
