/** What became of the packets of each in-link: every one is counted once. */
export class LinkCounters {
  readonly packetsForwarded: Float64Array;
  readonly packetsDelivered: Float64Array;
  readonly packetsDropped: Float64Array;

  constructor(links: number) {
    this.packetsForwarded = new Float64Array(links);
    this.packetsDelivered = new Float64Array(links);
    this.packetsDropped = new Float64Array(links);
  }
}
