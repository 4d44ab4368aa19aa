/** Weight for V8 of each connection: it looks for what it can collect after 256 of them, and does not see what they hold. */
export const CONNECTION_WEIGHT = 262_144;
