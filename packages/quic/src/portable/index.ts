export { quicheEngine } from "./drivers/quiche-engine.ts";
