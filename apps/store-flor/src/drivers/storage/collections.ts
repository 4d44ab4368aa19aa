import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Answer,
  type CollectionId,
  type HolderDoor,
  HolderError,
  labelOf,
  type Question,
  type ToldCollections,
  toldCollections,
} from "@florenetes/blobs";
import { isName, isOperatorError } from "@florenetes/operator-text";
import { createRateLimitedLog, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import { challengeWords } from "../../admin/challenge-words.ts";
import type { CollectionStatus, StorageStatus } from "../../admin/storage-status.ts";
import type { StorageMode } from "../../config/storage-section.ts";
import { AgentWatch } from "../agent-watch.ts";
import { EPOCH_LOOK_MS, FAULT_TOLD_MS, HELD_COLLECTIONS_MAX, ORGANIZATIONS_TOLD_MAX } from "../limits.ts";
import { DiskBudget } from "./disk-budget.ts";
import { HeldCollection } from "./held-collection.ts";
import type { HolderDesk } from "./holder-server.ts";
import { RepairPace } from "./repair-pace.ts";

export interface CollectionsOptions {
  readonly config: StorageMode;
  readonly cluster: string;
  readonly node: string;
  readonly door: HolderDoor;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** A collection that is open, or could not be opened. */
interface Place {
  readonly collection: CollectionId;
  held: HeldCollection | undefined;
  /** Why it is not open; undefined: it is. */
  fault: string | undefined;
}

/** All collections that this node holds: those that lie on its disk, and those that its agent tells. */
export class Collections implements HolderDesk, AsyncDisposable {
  readonly #options: CollectionsOptions;
  readonly #places = new Map<string, Place>();
  readonly #watch: AgentWatch<ToldCollections>;
  readonly #budget: DiskBudget;
  readonly #pace: RepairPace;
  readonly #faults: RateLimitedLog;
  #config: StorageMode;
  #taking: Promise<void> | undefined;
  /** The last telling that has not been taken yet. */
  #told: ToldCollections | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isOver = false;

  constructor(options: CollectionsOptions) {
    const { config, cluster, node, time } = options;
    this.#options = options;
    this.#faults = createRateLimitedLog(options.log, { burst: 1, intervalMs: FAULT_TOLD_MS });
    this.#config = config;
    this.#pace = new RepairPace(config.rate, time);
    this.#budget = new DiskBudget(config.state, config.budget);
    this.#watch = new AgentWatch({
      agent: config.agent,
      cluster,
      node,
      route: () => `/collections${this.#toldQuery()}`,
      form: toldCollections,
      onLook: (told) => this.#handleLook(told),
    });
  }

  /** Opens what lies on the disk, and asks the agent for the first time. */
  async start(): Promise<void> {
    const found = collectionsIn(this.#config.state, (folder, error) =>
      this.#options.log.error({ code: "COLLECTION_FAILED", folder, err: error }, "a folder cannot be read"),
    );
    for (const collection of found) await this.#open(this.#place(collection), false);
    await this.#watch.look();
    await this.#taking;
  }

  /** Takes the budget, the rate, and when a holder counts as gone. */
  handleConfig(config: StorageMode): void {
    this.#budget.budget = config.budget;
    this.#pace.handleRate(config.rate);
    this.#config = config;
  }

  admit({ collection, ...head }: Pick<Question, "op" | "collection" | "recoveryEpoch">, principal: string): void {
    this.#find(collection).keeper.admit(head, principal);
  }

  answer(question: Question, principal: string): Promise<Answer> {
    return this.#find(question.collection).keeper.answer(question, principal);
  }

  status(): Omit<StorageStatus, "received"> {
    const { used, budget, fault } = this.#budget;
    return {
      octets: used,
      budget,
      fault: fault ?? null,
      agentFault: this.#watch.fault ?? null,
      collections: [...this.#places.values()].map(statusOf),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#watch[Symbol.dispose]();
    await this.#taking;
    await Promise.all([...this.#places.values()].map(async ({ held }) => held?.[Symbol.asyncDispose]()));
  }

  #find(collection: CollectionId): HeldCollection {
    const label = labelOf(collection);
    const place = this.#places.get(label);
    if (place === undefined) throw refusal("ERR_STORAGE_COLLECTION", `this node does not hold ${label}`);
    if (place.held !== undefined) return place.held;
    throw refusal("ERR_STORAGE_DISK", `${label} cannot be opened here (${place.fault ?? "it is being opened"})`);
  }

  #place(collection: CollectionId): Place {
    const label = labelOf(collection);
    const known = this.#places.get(label);
    if (known !== undefined) return known;
    const place = { collection, held: undefined, fault: undefined };
    this.#places.set(label, place);
    return place;
  }

  /** Takes what the agent has told; undefined: it has told nothing, and what it told before goes on. */
  #handleLook(told: ToldCollections | undefined): void {
    this.#told = told ?? this.#told;
    this.#taking ??= this.#take().finally(() => (this.#taking = undefined));
  }

  async #take(): Promise<void> {
    do {
      const told = this.#told;
      this.#told = undefined;
      for (const terms of told?.collections ?? []) {
        const isOurs = terms.holders.some(({ node }) => node === this.#options.node);
        if (isOurs && this.#places.size < HELD_COLLECTIONS_MAX) this.#place({ scope: terms.scope, name: terms.name });
      }
      const byLabel = new Map((told?.collections ?? []).map((terms) => [labelOf(terms), terms]));
      for (const [label, place] of this.#places) {
        try {
          await this.#renew(place);
          if (told !== undefined) place.held?.takeTerms(byLabel.get(label));
          if (place.held !== undefined) place.fault = undefined;
        } catch (error) {
          this.#handleFault(place, error);
        }
      }
    } while (this.#told !== undefined);
  }

  /** Opens a collection that is not open, or whose names are damaged. */
  async #renew(place: Place): Promise<void> {
    const isBroken = place.held?.isBroken === true;
    if (isBroken) {
      const former = place.held;
      place.held = undefined;
      await former?.[Symbol.asyncDispose]();
    }
    if (place.held === undefined) await this.#open(place, isBroken);
  }

  async #open(place: Place, isDamaged: boolean): Promise<void> {
    if (this.#isOver) return;
    const { node, door, time, log } = this.#options;
    const { collection } = place;
    try {
      const options = {
        collection,
        state: this.#config.state,
        node,
        budget: this.#budget,
        door,
        time,
        log,
        faults: this.#faults,
        goneAfter: (): number => this.#config.goneAfter,
        organizationOctets: (): number => this.#octetsBeside(collection),
        pace: (octets: number, signal: AbortSignal): Promise<void> => this.#pace.wait(octets, signal),
        onOtherEpoch: (): void => this.#lookSoon(),
      };
      place.held = await HeldCollection.open(options, isDamaged);
      place.fault = undefined;
    } catch (error) {
      this.#handleFault(place, error);
    }
  }

  /** A collection that fails ends no other one. */
  #handleFault(place: Place, error: unknown): void {
    place.fault = isOperatorError(error) ? error.message : ((error as NodeJS.ErrnoException).code ?? "UNKNOWN");
    const collection = labelOf(place.collection);
    const fields = { code: "COLLECTION_FAILED", collection, err: error };
    this.#faults.error(fields, "a collection cannot be opened", collection);
  }

  /** Octets of all other collections of its organization here. */
  #octetsBeside({ scope, name }: CollectionId): number {
    const beside = [...this.#places.values()].filter(({ collection: of }) => of.scope === scope && of.name !== name);
    return beside.reduce((sum, { held }) => sum + (held?.keeper.counted ?? 0), 0);
  }

  /** Says how many octets each organization has here, and what challenges have shown of other holders, for the agent to tell: it asks no program. */
  #toldQuery(): string {
    const sums = new Map<string, number>();
    for (const { collection, held } of this.#places.values()) {
      const [, organization] = collection.scope.split("/");
      if (organization !== undefined)
        sums.set(organization, (sums.get(organization) ?? 0) + (held?.keeper.counted ?? 0));
    }
    const challenged = challengeWords([...this.#places.values()].map(statusOf));
    const words = [
      ...[...sums].slice(0, ORGANIZATIONS_TOLD_MAX).map((word) => `held=${word.join(":")}`),
      ...challenged.map((word) => `challenged=${word}`),
    ];
    return words.length === 0 ? "" : `?${words.join("&")}`;
  }

  /** Asks the agent at once, but no more often than may be whatever others say of epochs. */
  #lookSoon(): void {
    const now = this.#options.time.now();
    if (now - this.#lookedAt < EPOCH_LOOK_MS) return;
    this.#lookedAt = now;
    void this.#watch.look();
  }
}

function statusOf({ collection, held, fault }: Place): CollectionStatus {
  const status = held?.keeper.status();
  return {
    name: labelOf(collection),
    fault: fault ?? null,
    ...(status === undefined ? { held: null } : { held: status }),
  };
}

/** Collections that have a folder: `cluster/NAME` and `org/ORG/NAME`. */
function collectionsIn(state: string, onFault: (folder: string, error: unknown) => void): readonly CollectionId[] {
  const namesIn = (...parts: readonly string[]): readonly string[] => {
    const folder = join(state, ...parts);
    try {
      const all = readdirSync(folder, { withFileTypes: true });
      return all.filter((file) => file.isDirectory() && isName(file.name)).map(({ name }) => name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") onFault(folder, error);
      return [];
    }
  };
  const scopes = ["cluster", ...namesIn("org").map((name) => `org/${name}`)];
  return scopes.flatMap((scope) => namesIn(scope).map((name) => ({ scope, name }))).slice(0, HELD_COLLECTIONS_MAX);
}

function refusal(code: HolderError["code"], message: string): HolderError {
  return new HolderError({ code, message });
}
