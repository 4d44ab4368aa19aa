import { join } from "node:path";
import { isOperatorError } from "@florenetes/operator-text";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";
import type { UpdatesConfig } from "../config/fabric-config.ts";
import { FREE_LEFT, STATUS_LOOK_MS } from "../agent/releases/limits.ts";
import {
  type FetchOrder,
  type FetchResult,
  type InstalledPackage,
  type ReleaseOrder,
  type SeenSoftware,
  targetNameOf,
} from "../agent/releases/release-orders.ts";
import type { OrderWork } from "../agent/orders/order-work.ts";
import { machinePackages } from "./machine-packages.ts";
import { type KnownTarget, type LibraryOptions, openReleaseLibrary, type ReleaseLibrary } from "./release-library.ts";
import { ReleaseSpool } from "./release-spool.ts";
import { markOf, readStatusFile } from "./update-status-file.ts";

export interface ReleaseDriverOptions {
  /** The state folder of the agent. */
  readonly state: string;
  /** Undefined: the node follows no releases, and nothing is done. */
  readonly updates: UpdatesConfig | undefined;
  readonly time: ProcessTime;
  readonly onSeen: (seen: SeenSoftware) => void;
  readonly onFetched: (result: FetchResult) => void;
  /** Default: that of `@florenetes/releases`. */
  readonly openLibrary?: (options: LibraryOptions) => Promise<ReleaseLibrary>;
  /** Packages of ours that the machine has; default: as dpkg says. */
  readonly packages?: () => Promise<readonly InstalledPackage[] | undefined>;
}

/** dpkg writes it with each package that comes or goes. */
const DPKG_STATUS = "/var/lib/dpkg/status";

const NEVER_ABORTED = new AbortController().signal;

/** Why a release cannot be fetched. */
class FetchFault extends Error {
  readonly code: FabricConfigErrorCode;
  /** Nothing is changed by another try, soon. */
  readonly isFinal: boolean;

  constructor(code: FabricConfigErrorCode, message: string, isFinal: boolean) {
    super(message);
    this.code = code;
    this.isFinal = isFinal;
  }
}

/** Looks what software the machine has, and brings packages into the spool. */
export class ReleaseDriver implements AsyncDisposable {
  readonly #options: ReleaseDriverOptions;
  readonly #spool: ReleaseSpool;
  readonly #timer: WakeUpTimer;
  #library: ReleaseLibrary | undefined;
  #marks: string | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  /** Ends the fetch that is under way. */
  #fetch: AbortController | undefined;
  /** Orders are done one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ReleaseDriverOptions) {
    this.#options = options;
    this.#spool = new ReleaseSpool(options.state);
    this.#timer = options.time.wakeUps.timer(() => this.#look());
  }

  start(): void {
    if (this.#options.updates !== undefined) this.#look();
  }

  perform(order: ReleaseOrder): void {
    this.#fetch?.abort(new Error("the order is over"));
    const controller = new AbortController();
    this.#fetch = controller;
    this.#turn = this.#turn.then(() => this.#perform(order, controller.signal));
  }

  /** Gives update-flor an order of people, or takes it back. Returns why it could not. */
  async performOrder(work: Exclude<OrderWork, { kind: "keep" }>): Promise<{ readonly text: string } | undefined> {
    const act = async (): Promise<void> =>
      work.kind === "hand-over" ? this.#spool.handOver(work) : this.#spool.takeBack();
    const turn = this.#turn.then(() => faultOf(act, NEVER_ABORTED));
    this.#turn = turn.then(() => undefined);
    return turn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer.close();
    this.#fetch?.abort(new Error("the agent ends"));
    await this.#turn;
    await this.#looking;
    await this.#library?.[Symbol.asyncDispose]();
  }

  // ── What the machine has ──────────────────────────────────────────────────────────────────────────────────────────

  #look(): void {
    const { updates, time } = this.#options;
    if (this.#isClosed || updates === undefined) return;
    this.#timer.set(time.now() + STATUS_LOOK_MS);
    const marks = `${markOf(updates.status)} ${markOf(DPKG_STATUS)}`;
    if (marks === this.#marks || this.#isLooking) return;
    this.#marks = marks;
    this.#isLooking = true;
    this.#looking = this.#see(updates.status).finally(() => (this.#isLooking = false));
  }

  async #see(path: string): Promise<void> {
    const { packages: ask = machinePackages, onSeen } = this.#options;
    const packages = await ask();
    if (this.#isClosed) return;
    const status = readStatusFile(path);
    const update = status === "none" ? undefined : status;
    onSeen({ packages, update, fault: seenFault(packages !== undefined, status !== undefined) });
    // dpkg did not answer: it is asked again with the next look.
    if (packages === undefined) this.#marks = undefined;
  }

  // ── The spool ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #perform(order: ReleaseOrder, signal: AbortSignal): Promise<void> {
    if (this.#isClosed) return;
    if (order.kind === "fetch") {
      if (signal.aborted) return;
      const fault = await faultOf(() => this.#fetchInto(order, signal), signal);
      if (!signal.aborted && !this.#isClosed) this.#options.onFetched({ record: order.record, fault });
      return;
    }
    // A disk that is read-only keeps what it has: the next fetch tells it.
    await faultOf(async () => (order.kind === "stop" ? this.#spool.withdraw() : this.#spool.clear()), signal);
  }

  async #fetchInto(order: FetchOrder, signal: AbortSignal): Promise<void> {
    this.#spool.withdraw();
    const library = await this.#open();
    await library.refresh(signal, async () => (await this.#targets(library, order)).differing === undefined);
    const { targets, differing } = await this.#targets(library, order);
    if (differing !== undefined) {
      const text = `the release record and the repository do not say the same of ${differing}`;
      throw new FetchFault("ERR_FABRIC_RELEASE_DIFFERS", text, true);
    }
    const missing = this.#spool.makeRoom(targets);
    if (missing + FREE_LEFT > this.#spool.free) {
      const text = `${missing} octets are missing, and ${this.#spool.free} are free in ${this.#spool.folder}`;
      throw new FetchFault("ERR_FABRIC_RELEASE_DISK", text, false);
    }
    for (const target of targets) await library.download(target, this.#spool.fileOf(target), signal);
    await library.repository.copyMetadata(this.#spool.metadata);
    signal.throwIfAborted();
    this.#spool.order(order);
  }

  /**
   * The packages as the repository has them, and the first that it has not, or has with other octets. Former packages that the repository has no more are left out: whether there is a way back
   * without them update-flor judges.
   */
  async #targets(
    { repository }: ReleaseLibrary,
    { packages, former }: FetchOrder,
  ): Promise<{ readonly targets: readonly KnownTarget[]; readonly differing: string | undefined }> {
    const targets: KnownTarget[] = [];
    for (const each of packages) {
      const name = targetNameOf(each);
      const target = await repository.target(name);
      if (target?.length !== each.length || target.sha256 !== each.sha256) return { targets: [], differing: name };
      targets.push(target);
    }
    for (const name of former) {
      const target = await repository.target(name);
      if (target !== undefined && !targets.some(({ path }) => path === target.path)) targets.push(target);
    }
    return { targets, differing: undefined };
  }

  async #open(): Promise<ReleaseLibrary> {
    const { state, updates, time, openLibrary = openReleaseLibrary } = this.#options;
    const { repositoryRoot, sessions } = updates!;
    const folder = join(state, "release-metadata");
    return (this.#library ??= await openLibrary({ folder, repositoryRoot, sessions, time }));
  }
}

/** Does something, and says what has kept it from its end. Errors of the system are those of the disk: others have codes of their own. */
async function faultOf(act: () => Promise<void>, signal: AbortSignal): Promise<FetchResult["fault"]> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof FetchFault) return { code: error.code, text: error.message, isFinal: error.isFinal };
    if (isOperatorError(error)) return { code: error.code, text: error.message, isFinal: false };
    const { code, message } = error as NodeJS.ErrnoException;
    // Octets of others lead here, too: whatever they do to a library, the agent goes on.
    const isMistake = code === undefined && !signal.aborted;
    const told: FabricConfigErrorCode = isMistake ? "ERR_FABRIC_RELEASE_FETCH" : "ERR_FABRIC_RELEASE_DISK";
    return { code: told, text: message, isFinal: false };
  }
}

function seenFault(hasPackages: boolean, isStatusRead: boolean): FabricConfigErrorCode | undefined {
  if (!hasPackages) return "ERR_FABRIC_RELEASE_DPKG";
  return isStatusRead ? undefined : "ERR_FABRIC_RELEASE_STATUS";
}
