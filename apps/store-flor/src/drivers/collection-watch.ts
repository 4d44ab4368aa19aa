import { type CollectionId, type CollectionTerms, type ToldCollections, toldCollections } from "@florenetes/blobs";
import type { Logger } from "@florenetes/process-kit";
import { AgentWatch } from "./agent-watch.ts";

export interface CollectionWatchOptions {
  /** Path of the admin socket of the node's agent. */
  readonly agent: string;
  readonly cluster: string;
  readonly node: string;
  readonly log: Logger;
}

/** Asks the agent of the node again and again what people say of collections. Its last answer counts while it gives no other. */
export class CollectionWatch implements Disposable {
  readonly #watch: AgentWatch<ToldCollections>;
  readonly #terms = new Map<string, CollectionTerms>();
  readonly #log: Logger;
  /** Collections of the last telling. */
  #told: ReadonlySet<string> = new Set();
  #isTold = true;

  constructor({ log, ...options }: CollectionWatchOptions) {
    this.#log = log;
    this.#watch = new AgentWatch({
      ...options,
      route: () => "/collections",
      form: toldCollections,
      onLook: (told) => this.#take(told),
    });
  }

  /** Why the agent says nothing; undefined: it does. */
  get fault(): string | undefined {
    return this.#watch.fault;
  }

  /** The newest record of a collection; undefined: the agent has never told of it. */
  termsOf({ scope, name }: CollectionId): CollectionTerms | undefined {
    return this.#terms.get(`${scope}/${name}`);
  }

  /** Whether the agent told of it when it last told anything: a record that has ended is told no more, and its collection is read on by what it said. */
  isTold({ scope, name }: CollectionId): boolean {
    return this.#told.has(`${scope}/${name}`);
  }

  /** Looks at once, and from then on again and again. */
  look(): Promise<void> {
    return this.#watch.look();
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  /** A record that is older than one that was seen says nothing. */
  #take(told: ToldCollections | undefined): void {
    for (const terms of told?.collections ?? []) {
      const label = `${terms.scope}/${terms.name}`;
      const known = this.#terms.get(label);
      const isOlder = known !== undefined && (terms.recoveryEpoch < known.recoveryEpoch || terms.epoch < known.epoch);
      if (!isOlder) this.#terms.set(label, terms);
    }
    if (told !== undefined) this.#told = new Set(told.collections.map(({ scope, name }) => `${scope}/${name}`));
    const isTold = told !== undefined;
    if (isTold === this.#isTold) return;
    this.#isTold = isTold;
    const fields = { code: isTold ? "COLLECTIONS_TOLD" : "COLLECTIONS_UNTOLD", reason: this.fault ?? null };
    this.#log.info(fields, isTold ? "the agent tells of collections" : "the agent tells nothing of collections");
  }
}
