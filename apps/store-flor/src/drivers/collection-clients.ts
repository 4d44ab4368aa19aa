import { isDeepStrictEqual } from "node:util";
import { type CollectionId, type CollectionTerms, HolderError, labelOf } from "@florenetes/blobs";
import type { StoreClient } from "@florenetes/blobs/client";
import type { CollectionStatus } from "../admin/gateway-status.ts";
import { GatewayRefusal } from "./gateway-error.ts";

/** Whoever knows what people say of collections now. */
interface TermsSource {
  termsOf(collection: CollectionId): CollectionTerms | undefined;
  isTold(collection: CollectionId): boolean;
}

export interface CollectionClientsOptions {
  /** The collections of the config: no others are served. */
  readonly collections: readonly CollectionId[];
  readonly terms: TermsSource;
  readonly open: (terms: CollectionTerms) => StoreClient;
}

/** Clients of the collections that a config names, each by the terms that are in force. */
export class CollectionClients implements Disposable {
  readonly #options: CollectionClientsOptions;
  readonly #clients = new Map<string, { readonly terms: CollectionTerms; readonly client: StoreClient }>();
  #collections: readonly CollectionId[];

  constructor(options: CollectionClientsOptions) {
    this.#options = options;
    this.#collections = options.collections;
  }

  /** Serves these collections from now on. */
  handleCollections(collections: readonly CollectionId[]): void {
    this.#collections = collections;
  }

  /**
   * The client of a collection.
   *
   * @throws GatewayRefusal where it is none of the config's; HolderError ERR_STORAGE_COLLECTION where nobody says what it is
   */
  clientOf({ scope, name }: CollectionId): StoreClient {
    const label = labelOf({ scope, name });
    const isServed = this.#collections.some((each) => each.scope === scope && each.name === name);
    if (!isServed) throw new GatewayRefusal(404, "ERR_STORE_REQUEST", `the collection ${label} is not served here`);
    const terms = this.#options.terms.termsOf({ scope, name });
    if (terms === undefined) {
      const message = `the agent of this node knows no record of the collection ${label}`;
      throw new HolderError({ code: "ERR_STORAGE_COLLECTION", message });
    }
    const known = this.#clients.get(label);
    if (known !== undefined && !isDeepStrictEqual(known.terms, terms)) known.client.handleTerms(terms);
    const client = known?.client ?? this.#options.open(terms);
    this.#clients.set(label, { terms, client });
    return client;
  }

  /** The collections of the config, with how their holders stand. */
  status(): readonly CollectionStatus[] {
    return this.#collections.map((collection) => {
      const terms = this.#options.terms.termsOf(collection);
      const client = this.#clients.get(labelOf(collection))?.client;
      return {
        ...collection,
        copies: terms?.copies ?? null,
        recoveryEpoch: terms?.recoveryEpoch ?? null,
        hasEnded: terms !== undefined && !this.#options.terms.isTold(collection),
        holders: client?.status() ?? [],
      };
    });
  }

  [Symbol.dispose](): void {
    for (const { client } of this.#clients.values()) client.close();
  }
}
