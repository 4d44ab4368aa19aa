/** The device that a node runs on, as its report has it. */
import type { ReportBody } from "@florenetes/facts";

export interface ReportedDevice {
  /** The charge in percent; undefined: it is not known. */
  readonly battery?: number | undefined;
  readonly charging: boolean;
  readonly network: "wired" | "wifi" | "cellular" | "none" | "unknown";
  /** The owner pays for each byte. */
  readonly metered: boolean;
  /** The program is in the foreground, or its owner lets it run always. */
  readonly foreground: boolean;
}

/** The device of a report; undefined: the node says nothing of it. */
export function deviceOf(report: ReportBody): ReportedDevice | undefined {
  return (report as ReportBody & { readonly device?: ReportedDevice | undefined }).device;
}
