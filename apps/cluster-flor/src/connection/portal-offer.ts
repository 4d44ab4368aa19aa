import { TransitOffer, type TransitReport } from "@florenetes/portal-api";
import type { OfferedTable } from "../forwarding/offered-table.ts";
import type { Links } from "./links.ts";
import { OffloadedLinks } from "./offloaded-links.ts";
import type { PortalLog } from "./portal-log.ts";

/** The label table that one link vertex is offered, and what has become of the offer. */
export class PortalOffer {
  readonly transit: TransitOffer;
  readonly #log: PortalLog;
  readonly #offloaded: OffloadedLinks;
  #offered: OfferedTable | undefined;
  #isOffloaded = false;
  #code = "";

  /** @param offered Undefined: none. */
  constructor(offered: OfferedTable | undefined, links: Links, log: PortalLog) {
    this.#offered = offered;
    this.#log = log;
    this.transit = new TransitOffer(offered);
    this.#offloaded = new OffloadedLinks(links, offered);
  }

  /** Whether the link vertex forwards what passes through. */
  get isOffloaded(): boolean {
    return this.#isOffloaded;
  }

  /** Offers another table; undefined: none was offered before, and none is now. */
  offer(offered: OfferedTable | undefined): void {
    const former = this.#offered;
    if (offered === undefined) return;
    this.#offered = offered;
    this.#offloaded.handleTable(offered);
    if (former === undefined || !offered.isSame(former)) this.transit.replace(offered);
  }

  handleReport(instance: string, report: TransitReport): void {
    this.#offloaded.handleReport(instance, report);
  }

  /** Logs what has become of the offer, if that has changed. */
  look(): void {
    const { isTaken, code } = this.transit;
    const isOffloaded = isTaken && this.#offered?.isEmpty === false;
    if (isOffloaded !== this.#isOffloaded) {
      this.#isOffloaded = isOffloaded;
      if (isOffloaded)
        this.#log.portal("info", { code: "TRANSIT_OFFLOADED" }, "the link vertex forwards what passes through");
    }
    if (code === this.#code) return;
    this.#code = code;
    if (code === "") return;
    const text = "the link vertex does not take the label table: this vertex forwards what passes through";
    this.#log.portal("warn", { code: "TRANSIT_REFUSED", reason: code }, text);
  }
}
