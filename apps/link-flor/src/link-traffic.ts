import type { Counts } from "@florenetes/process-kit";

/** Counts by name; every protocol has the named ones. */
export type LinkTraffic = Counts & { readonly received: number; readonly sent: number };
