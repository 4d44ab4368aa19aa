export type { Attack, Check } from "./attack.ts";
export { ATTACKS } from "./attacks.ts";
export { Ground } from "./ground.ts";
export { searchMemory } from "./memory-search.ts";
export { findPython } from "./python.ts";
export { attackOn, observeTwin, tryAttack } from "./trial.ts";
export type { Outcome, Twin } from "./trial.ts";
