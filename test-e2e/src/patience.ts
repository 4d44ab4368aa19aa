/** How long a test waits for what has to come. A busy machine may take that long: tests that check the time itself have limits of their own. */
export const PATIENCE_MS = 60_000;

/** Options for `expect.poll`, whose own patience is a second. */
export const PATIENCE = { timeout: PATIENCE_MS, interval: 100 } as const;

/** Options for polls that start a process of ours, or many other ones, each time, which takes a third of a second of CPU. */
export const PATIENCE_OF_PROCESSES = { timeout: PATIENCE_MS, interval: 500 } as const;
