import type { Attack } from "./attack.ts";
import { cryptoGaps } from "./attacks/crypto-gaps.ts";
import { retireAndPing } from "./attacks/retire-and-ping.ts";

export const ATTACKS: readonly Attack[] = [retireAndPing, cryptoGaps];
