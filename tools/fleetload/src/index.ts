export { run } from "./run.ts";
export type { Figures, Recovery, RunOptions } from "./run.ts";
