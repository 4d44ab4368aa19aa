import type {
  LinkKey,
  LinkStatus,
  TransitChange,
  TransitChanges,
  TransitProgress,
  TransitReport,
} from "@florenetes/portal-api";
import type { Transit } from "./transit.ts";
import { TransitHandOver, type TransitRefusal } from "./transit-hand-over.ts";
import { type TransitLinkRow, TransitLinks } from "./transit-links.ts";
import type { TransitLimits } from "./transit-limit.ts";

/** A change whose link has our number; -1: there are too many links. All others name links by the table's numbers. */
export type NumberedChange =
  | Exclude<TransitChange, { readonly operation: "link" }>
  | { readonly operation: "link"; readonly link: number; readonly label: number };

/** Whoever forwards, elsewhere. Orders are carried out one after the other; answers come later. */
export interface TransitThread {
  /** Says what a link is from now on. */
  setLink(link: number, row: TransitLinkRow): void;
  /** @see TransitStore */
  begin(table: number, whole: number, limits: TransitLimits): void;
  /** @see TransitStore. Another answer than `onTaken` does not come: where the table is gone, none. */
  change(table: number, first: number, changes: readonly NumberedChange[]): void;
  drop(table: number): void;
  /**
   * Asks for counts that `reader` does not know; `onReport` follows if there are any and the table holds. Another reader than the
   * last one knows nothing.
   *
   * @param taken The report that the reader has taken now; 0: none.
   */
  tell(table: number, reader: number, taken: number): void;
  /** Labels that it forwards by, and packets that it has decided about since the start. */
  figures(): { readonly labels: number; readonly packetsDecided: number };
}

/** Answers of a `TransitThread`. */
export interface TransitThreadHandlers {
  onTaken(table: number, taken: number, refusal: TransitRefusal | ""): void;
  onReport(reader: number, report: Omit<TransitReport, "generation">): void;
}

/**
 * Has the packets of one portal forwarded in another thread: the label table of the cluster vertex goes there, and its answers and counts
 * come back. It is `OffloadedTransit` without the packets.
 *
 *     PortalServer ── changes ──▶ whose, which generation ── orders ──▶ thread
 *                  ◀─ progress, counts ─────────────────── answers ───
 */
export class DelegatedTransit implements Transit {
  readonly #thread: TransitThread;
  readonly #links: TransitLinks;
  readonly #handOver: TransitHandOver;
  /** Counts the attachments. */
  #reader = 0;
  /** Came since it was asked for. */
  #report: TransitReport | undefined;

  constructor(thread: TransitThread) {
    this.#thread = thread;
    this.#links = new TransitLinks((link, row) => thread.setLink(link, row));
    this.#handOver = new TransitHandOver({
      begin: (table, part) => thread.begin(table, part.whole, part),
      change: (table, { first, changes }) =>
        thread.change(
          table,
          first,
          changes.map((change) => this.#number(change, table)),
        ),
      drop: (table) => {
        thread.drop(table);
        this.#links.forgetTable(table);
      },
      handleReplaced: (table) => this.#links.forgetTable(table),
    });
  }

  get labels(): number {
    return this.#thread.figures().labels;
  }

  get packetsDecided(): number {
    return this.#thread.figures().packetsDecided;
  }

  // ── From the link protocol ──────────────────────────────────────────────────────────────────────────────────────────

  handleStatus(status: LinkStatus): void {
    this.#links.handleStatus(status);
  }

  handleClosed(key: LinkKey): void {
    this.#links.handleClosed(key);
  }

  /** A packet that comes up from the thread does not pass through. */
  handlePacket(): boolean {
    return false;
  }

  handleTurnEnd(): void {}

  // ── From the thread ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** The heartbeat of the portal tells `progress` now. */
  handleTaken(table: number, taken: number, refusal: TransitRefusal | ""): void {
    this.#handOver.handleTaken(table, taken, refusal);
  }

  /** `pollReport` gives it now. */
  handleReport(reader: number, report: Omit<TransitReport, "generation">): void {
    const { confirmed } = this.#handOver;
    if (confirmed === undefined || reader !== this.#reader) return;
    this.#report = { ...report, generation: confirmed.generation };
  }

  // ── From the cluster vertex ─────────────────────────────────────────────────────────────────────────────────────────

  get progress(): TransitProgress | undefined {
    return this.#handOver.progress;
  }

  handleAttached(instance: string): void {
    this.#handOver.handleAttached(instance);
    this.#reader++;
    this.#report = undefined;
  }

  handleChanges(changes: TransitChanges): void {
    this.#handOver.handleChanges(changes);
  }

  dropUnconfirmed(): void {
    this.#handOver.dropUnconfirmed();
  }

  drop(): void {
    this.#handOver.drop();
    this.#links.handleAllClosed();
  }

  /** All that is left comes by itself. */
  handleReportTaken(number: number): boolean {
    this.#tell(number);
    return false;
  }

  /** The report that has come; without one, one is asked for. */
  pollReport(): TransitReport | undefined {
    const report = this.#report;
    this.#report = undefined;
    if (report === undefined) this.#tell(0);
    return report;
  }

  #tell(taken: number): void {
    const { confirmed } = this.#handOver;
    if (confirmed !== undefined) this.#thread.tell(confirmed.number, this.#reader, taken);
  }

  #number(change: TransitChange, table: number): NumberedChange {
    if (change.operation !== "link") return change;
    return { operation: "link", link: this.#links.numberOf(change.key, table), label: change.label };
  }
}
