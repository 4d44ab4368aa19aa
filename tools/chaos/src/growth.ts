import { GROWTH_FDS_MAX, GROWTH_MEGABYTES_MAX, GROWTH_THREADS_MAX } from "./limits.ts";

/** Memory, file descriptors and threads of a process. */
export interface Holdings {
  readonly megabytes: number;
  readonly fds: number;
  readonly threads: number;
}

/** The holdings of a process, idle before the faults and idle after them. */
export interface Growth {
  readonly name: string;
  readonly before: Holdings;
  readonly after: Holdings;
}

/** Names the holdings that have grown beyond their bounds. */
export function findGrowth({ before, after }: Growth): string[] {
  const bounds = [
    ["megabytes", GROWTH_MEGABYTES_MAX, "MB"],
    ["fds", GROWTH_FDS_MAX, "file descriptors"],
    ["threads", GROWTH_THREADS_MAX, "threads"],
  ] as const;
  return bounds
    .filter(([key, most]) => after[key] - before[key] > most)
    .map(([key, , unit]) => `${Math.round(before[key])} to ${Math.round(after[key])} ${unit}`);
}
