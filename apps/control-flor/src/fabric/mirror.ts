import type { ToldDigests } from "./told.ts";
import {
  readBody,
  TOLD_KINDS,
  type ToldBodies,
  type ToldKind,
  type ToldRecord,
  type ToldRecords,
} from "./told-records.ts";

type Records = { [Kind in ToldKind]: readonly ToldRecord<ToldBodies[Kind]>[] };

/** The records in force, as the agent has them: it knows which kinds are to be asked for anew. */
export class Mirror {
  readonly #hashes = new Map<ToldKind, string>();
  readonly #records: Records = {
    root: [],
    node: [],
    role: [],
    service: [],
    announce: [],
    leader: [],
    budget: [],
    release: [],
    collection: [],
  };

  /** Kinds whose records are others at the agent than here. */
  outdated({ kinds }: ToldDigests): readonly ToldKind[] {
    return TOLD_KINDS.filter((kind) => kinds[kind]?.hash !== this.#hashes.get(kind));
  }

  /**
   * Takes all records of a kind, page by page as the agent has told them.
   *
   * @param hash The digest that the agent had told before; undefined: it told none of this kind
   */
  handleKind(kind: ToldKind, hash: string | undefined, pages: readonly ToldRecords[]): void {
    const former = new Map(this.#records[kind].map((record) => [record.id, record]));
    const told = pages.flatMap(({ facts }) => facts);
    // A body is read once: records never change.
    const records = told.map((record) => former.get(record.id) ?? readBody(kind, record));
    Object.assign(this.#records, { [kind]: records.filter((record) => record !== undefined) });
    if (hash === undefined) this.#hashes.delete(kind);
    else this.#hashes.set(kind, hash);
  }

  /** The records as they are now, whatever is taken later. */
  snapshot(): <Kind extends ToldKind>(kind: Kind) => readonly ToldRecord<ToldBodies[Kind]>[] {
    const records: Readonly<Records> = { ...this.#records };
    return <Kind extends ToldKind>(kind: Kind): Records[Kind] => records[kind];
  }
}
