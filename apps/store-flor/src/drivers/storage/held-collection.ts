import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type CollectionId, type CollectionTerms, type HolderDoor, labelOf } from "@florenetes/blobs";
import { type CollectionKeeper, Holder } from "@florenetes/blobs/holder";
import type { Logger, RateLimitedLog } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { DiskBudget } from "./disk-budget.ts";
import { KeeperRhythm } from "./keeper-turns.ts";
import { NameFile } from "./name-file.ts";
import { ShardFolder } from "./shard-folder.ts";

export interface HeldCollectionOptions {
  readonly collection: CollectionId;
  /** The folder under which all collections lie. */
  readonly state: string;
  readonly node: string;
  readonly budget: DiskBudget;
  readonly door: HolderDoor;
  readonly time: ProcessTime;
  readonly log: Logger;
  /** The log for what may happen again and again, also to collections that are opened anew. */
  readonly faults: RateLimitedLog;
  readonly goneAfter: () => number;
  readonly organizationOctets: () => number;
  readonly pace: (octets: number, signal: AbortSignal) => Promise<void>;
  readonly onOtherEpoch: () => void;
}

/** A collection that is open here: its names, its shards, and what is done with them. */
export class HeldCollection implements AsyncDisposable {
  readonly keeper: CollectionKeeper;
  readonly #names: NameFile;
  readonly #disk: ShardFolder;
  readonly #rhythm: KeeperRhythm;

  private constructor(options: HeldCollectionOptions, names: NameFile, disk: ShardFolder) {
    const { collection, node, door, time, log, faults, goneAfter, organizationOctets, pace, onOtherEpoch } = options;
    this.#names = names;
    this.#disk = disk;
    const label = labelOf(collection);
    this.keeper = new Holder({
      collection,
      node,
      disk,
      names,
      door,
      now: () => Date.now(),
      elapsed: () => time.now(),
      after: (ms, call) => {
        const timer = time.wakeUps.timer(call);
        timer.set(time.now() + ms);
        return () => timer.close();
      },
      random: randomBytes,
      get goneAfter() {
        return goneAfter();
      },
      organizationOctets,
      pace,
      onOtherEpoch,
      onNotice: (sentence) => log.info({ code: "STORAGE_NOTICE", collection: label }, sentence),
    });
    this.#rhythm = new KeeperRhythm(this.keeper, label, faults);
  }

  /**
   * Opens a collection, or makes it.
   *
   * @param isDamaged its names were found to be damaged: they are set aside, and read anew from the other holders
   * @throws OperatorError ERR_STORE_NAMES; the system's error
   */
  static async open(options: HeldCollectionOptions, isDamaged: boolean): Promise<HeldCollection> {
    const { collection, state, budget, faults } = options;
    const label = labelOf(collection);
    const folder = join(state, collection.scope, collection.name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const onDamaged = (): void => {
      const text = "the names of a collection were damaged: they are read anew from the other holders";
      faults.warn({ code: "NAMES_DAMAGED", collection: label }, text, label);
    };
    using opened = new DisposableStack();
    const names = opened.use(new NameFile(join(folder, "names.db"), onDamaged, isDamaged));
    const disk = opened.use(await ShardFolder.open(folder, budget));
    const held = new HeldCollection(options, names, disk);
    opened.move();
    return held;
  }

  /** True: its names are damaged, and it has to be opened anew. */
  get isBroken(): boolean {
    return this.#names.isBroken;
  }

  takeTerms(terms: CollectionTerms | undefined): void {
    this.keeper.takeTerms(terms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rhythm[Symbol.asyncDispose]();
    this.#names[Symbol.dispose]();
    this.#disk[Symbol.dispose]();
  }
}
