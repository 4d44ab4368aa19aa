import { AdvancingCounts } from "@florenetes/forwarding";
import type { TransitReport } from "@florenetes/portal-api";
import type { Links } from "./links.ts";

/** Adds the packets that a link vertex has forwarded by itself to those of the links of its portal. */
export class OffloadedLinks {
  readonly #links: Links;
  /** Indices of the portal's links in the config, by their numbers in reports. */
  readonly #numbers: readonly number[];
  readonly #packetsIn = new AdvancingCounts();
  readonly #bytesIn = new AdvancingCounts();
  readonly #packetsOut = new AdvancingCounts();
  readonly #bytesOut = new AdvancingCounts();
  readonly #refused = new AdvancingCounts();

  constructor(links: Links, numbers: readonly number[]) {
    this.#links = links;
    this.#numbers = numbers;
  }

  /** @param instance The life of the link vertex that tells. */
  handleReport(instance: string, report: TransitReport): void {
    for (const counts of [this.#packetsIn, this.#bytesIn, this.#packetsOut, this.#bytesOut, this.#refused]) {
      counts.handleInstance(instance);
    }
    for (const {
      link: number,
      packetsForwarded,
      drops,
      bytesIn,
      packetsOut,
      bytesOut,
      packetsRefused,
    } of report.links) {
      const link = this.#numbers[number];
      if (link === undefined) continue;
      const packetsIn = drops.reduce((sum, { packets }) => sum + packets, packetsForwarded);
      this.#links.countOffloaded(link, {
        packetsIn: this.#packetsIn.advance(link, packetsIn),
        bytesIn: this.#bytesIn.advance(link, bytesIn),
        packetsOut: this.#packetsOut.advance(link, packetsOut),
        bytesOut: this.#bytesOut.advance(link, bytesOut),
        packetsRefused: this.#refused.advance(link, packetsRefused),
      });
    }
  }
}
