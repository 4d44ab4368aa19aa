import type { Attack } from "../attack.ts";
import { strikeUntilClosed } from "../violations.ts";

export const cryptoGapsEndToEnd: Attack = {
  name: "crypto-gaps-end-to-end",
  by: "user",
  description: "As crypto-gaps, on a connection to a service.",
  held: "the connection is closed, and what is kept afterwards is bounded.",
  run: async (ground, { isShort }) => {
    const options = { over: "end" as const, kind: "crypto", megabytes: isShort ? 4 : 20 };
    return strikeUntilClosed(ground, "gaps", options, "CRYPTO_DATA");
  },
};
