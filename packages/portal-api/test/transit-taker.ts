import type { TransitChanges, TransitProgress, TransitReport, TransitTaker } from "../src/transit.ts";

/** Takes any table, and forwards nothing. */
export class NullTaker implements TransitTaker {
  progress: TransitProgress | undefined;
  readonly parts: TransitChanges[] = [];
  report: TransitReport | undefined;

  handleAttached(): void {
    this.progress = undefined;
  }

  handleChanges(part: TransitChanges): void {
    this.parts.push(part);
    const taken = Math.max(this.progress?.taken ?? 0, part.first + part.changes.length);
    this.progress = { generation: part.generation, taken, code: "" };
  }

  dropUnconfirmed(): void {}
  drop(): void {}

  handleReportTaken(number: number): boolean {
    if (number === this.report?.number) this.report = undefined;
    return false;
  }

  pollReport(): TransitReport | undefined {
    return this.report;
  }
}
