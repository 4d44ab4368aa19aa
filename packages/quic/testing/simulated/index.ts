/** For simulations and tests: an engine without cryptography, in virtual time. */
export { chainVerifier } from "./drivers/chain-verifier.ts";
export type { VerifyChain } from "./handshake.ts";
export { simulatedEngine } from "./simulated-engine.ts";
export type { SimulatedEngineOptions } from "./simulated-engine.ts";
