/** The folder in which packages of a release wait for update-flor: docs/protocol/releases.md says what is where. */
import { existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, statfsSync } from "node:fs";
import { basename, join } from "node:path";
import { writeRecordText } from "@florenetes/facts";
import { putFile } from "@florenetes/process-kit";
import type { OrderWork } from "../agent/orders/order-work.ts";
import type { FetchOrder } from "../agent/releases/release-orders.ts";

/** A package of the repository that is to be in the spool. */
export interface SpooledTarget {
  /** `targets/<sha256>.<name>`. */
  readonly path: string;
  readonly length: number;
}

/** Files of an order of people. */
const ORDER_FILES: ReadonlySet<string> = new Set(["people.fact", "people-roots.fact", "people.json"]);

export class ReleaseSpool {
  readonly #folder: string;

  /** @param state The state folder of the agent */
  constructor(state: string) {
    this.#folder = join(state, "updates");
  }

  get folder(): string {
    return this.#folder;
  }

  /** The folder for the metadata of the repository. */
  get metadata(): string {
    return join(this.#folder, "metadata");
  }

  /** The file in which a package is, or comes. */
  fileOf({ path }: SpooledTarget): string {
    return join(this.#packages, basename(path));
  }

  /** Takes back the order that update-flor has not begun. */
  withdraw(): void {
    rmSync(join(this.#folder, "order.json"), { force: true });
  }

  /** Takes away all of a release that is in the spool. An order of people, which stands beside it, stays. */
  clear(): void {
    this.withdraw();
    for (const name of existsSync(this.#folder) ? readdirSync(this.#folder) : [])
      if (!ORDER_FILES.has(name)) rmSync(join(this.#folder, name), { recursive: true, force: true });
    if (existsSync(this.#folder) && readdirSync(this.#folder).length === 0) rmdirSync(this.#folder);
  }

  /** Writes an order of people, and the roots by which it is judged. The mark comes last: update-flor begins when it is there. */
  handOver({ id, record, roots }: Extract<OrderWork, { kind: "hand-over" }>): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    putFile(join(this.#folder, "people.fact"), writeRecordText(record));
    putFile(join(this.#folder, "people-roots.fact"), roots.map(writeRecordText).join(""));
    putFile(join(this.#folder, "people.json"), `${JSON.stringify({ version: 1, record: id })}\n`);
  }

  /** Takes back an order of people that update-flor has not begun. */
  takeBack(): void {
    for (const name of ["people.json", "people.fact", "people-roots.fact"])
      rmSync(join(this.#folder, name), { force: true });
  }

  /** Takes away all packages but these, and says how many octets of these are not here yet. */
  makeRoom(targets: readonly SpooledTarget[]): number {
    mkdirSync(this.#packages, { recursive: true, mode: 0o700 });
    const names = new Set(targets.map(({ path }) => basename(path)));
    for (const name of readdirSync(this.#packages))
      if (!names.has(name)) rmSync(join(this.#packages, name), { recursive: true, force: true });
    return targets.reduce((sum, target) => sum + Math.max(0, target.length - this.#sizeOf(target)), 0);
  }

  /** Octets that are free on the disk for this user. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.#packages);
    return bavail * bsize;
  }

  /** Writes the records and the roots; metadata and packages are here then. The order comes last: update-flor begins when it is there. */
  order({ record, releases, roots }: FetchOrder): void {
    putFile(join(this.#folder, "release.fact"), releases.map(writeRecordText).join(""));
    putFile(join(this.#folder, "roots.fact"), roots.map(writeRecordText).join(""));
    putFile(join(this.#folder, "order.json"), `${JSON.stringify({ version: 1, record })}\n`);
  }

  get #packages(): string {
    return join(this.#folder, "packages");
  }

  #sizeOf(target: SpooledTarget): number {
    const file = this.fileOf(target);
    return existsSync(file) ? lstatSync(file).size : 0;
  }
}
