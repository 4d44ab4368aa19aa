import { AdvancingCounts } from "@florenetes/forwarding";
import type { TransitReport } from "@florenetes/portal-api";
import type { OfferedTable } from "../forwarding/offered-table.ts";
import { ReportedLinks } from "../forwarding/reported-links.ts";
import type { Links } from "./links.ts";

/** Adds the packets that a link vertex has forwarded by itself to those of the links of its portal. */
export class OffloadedLinks {
  readonly #links: Links;
  readonly #reported = new ReportedLinks();
  readonly #packetsIn = new AdvancingCounts();
  readonly #bytesIn = new AdvancingCounts();
  readonly #packetsOut = new AdvancingCounts();
  readonly #bytesOut = new AdvancingCounts();
  readonly #refused = new AdvancingCounts();
  readonly #counts = [this.#packetsIn, this.#bytesIn, this.#packetsOut, this.#bytesOut, this.#refused];

  /** @param offered The table of the link vertex; undefined: it has none yet. */
  constructor(links: Links, offered: OfferedTable | undefined) {
    this.#links = links;
    if (offered !== undefined) this.handleTable(offered);
  }

  /** The link vertex is offered this table: its reports name links by the table's numbers. */
  handleTable(offered: OfferedTable): void {
    const forgotten = this.#reported.handleTable(offered);
    if (forgotten.size > 0) for (const counts of this.#counts) counts.retain((number) => !forgotten.has(number));
  }

  /** @param instance Identifies the run of the link vertex that reports: after a restart it counts from 0 again. */
  handleReport(instance: string, report: TransitReport): void {
    for (const counts of this.#counts) counts.handleInstance(instance);
    for (const { link, packetsForwarded, drops, bytesIn, packetsOut, bytesOut, packetsRefused } of report.links) {
      const reported = this.#reported.of(link);
      if (reported === undefined) continue;
      const { number } = reported;
      const packetsIn = drops.reduce((sum, { packets }) => sum + packets, packetsForwarded);
      this.#links.countOffloaded(reported.link, {
        packetsIn: this.#packetsIn.advance(number, packetsIn),
        bytesIn: this.#bytesIn.advance(number, bytesIn),
        packetsOut: this.#packetsOut.advance(number, packetsOut),
        bytesOut: this.#bytesOut.advance(number, bytesOut),
        packetsRefused: this.#refused.advance(number, packetsRefused),
      });
    }
  }
}
