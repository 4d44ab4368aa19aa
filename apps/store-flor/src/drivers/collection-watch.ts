import { type CollectionId, type CollectionTerms, type ToldCollections, toldCollections } from "@florenetes/blobs";
import { isOperatorError } from "@florenetes/operator-text";
import { type Logger, requestAdmin } from "@florenetes/process-kit";
import { COLLECTION_LOOK_MS } from "./limits.ts";

export interface CollectionWatchOptions {
  /** Path of the admin socket of the node's agent. */
  readonly agent: string;
  readonly cluster: string;
  readonly node: string;
  readonly log: Logger;
}

/** Asks the agent of the node again and again what people say of collections. Its last answer counts while it gives no other. */
export class CollectionWatch implements Disposable {
  readonly #options: CollectionWatchOptions;
  readonly #terms = new Map<string, CollectionTerms>();
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  /** Why the agent says nothing; undefined: it does. */
  fault: string | undefined;

  constructor(options: CollectionWatchOptions) {
    this.#options = options;
  }

  /** What the newest record says of a collection; undefined: the agent has never told of it. */
  termsOf({ scope, name }: CollectionId): CollectionTerms | undefined {
    return this.#terms.get(`${scope}/${name}`);
  }

  /** Looks for the first time, and from then on again and again. */
  async start(): Promise<void> {
    await this.#look();
    if (!this.#isOver) this.#timer = setTimeout(() => void this.start(), COLLECTION_LOOK_MS);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { agent, cluster, node, log } = this.#options;
    const before = this.fault;
    try {
      const told = toldCollections.parse(await requestAdmin(agent, "/collections"));
      if (told.cluster !== cluster || told.node !== node) throw new Error(`it is the agent of ${told.node}`);
      this.#take(told);
      this.fault = undefined;
    } catch (error) {
      this.fault = isOperatorError(error) ? error.code : "ERR_ADMIN_ANSWER";
    }
    if (this.fault === before || this.#isOver) return;
    const text = this.fault === undefined ? "the agent tells of collections" : "the agent tells nothing of collections";
    log.info(
      { code: this.fault === undefined ? "COLLECTIONS_TOLD" : "COLLECTIONS_UNTOLD", reason: this.fault ?? null },
      text,
    );
  }

  /** A record that is older than one that was seen says nothing. */
  #take({ collections }: ToldCollections): void {
    for (const terms of collections) {
      const label = `${terms.scope}/${terms.name}`;
      const known = this.#terms.get(label);
      const isOlder = known !== undefined && (terms.recoveryEpoch < known.recoveryEpoch || terms.epoch < known.epoch);
      if (!isOlder) this.#terms.set(label, terms);
    }
  }
}
