import type { Counts } from "@florenetes/process-kit";

/** Counts by name; every protocol has `received` and `sent`. */
export type LinkTraffic = Counts & { readonly received: number; readonly sent: number };
