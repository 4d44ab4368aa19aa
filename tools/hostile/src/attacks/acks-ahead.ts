import type { Attack } from "../attack.ts";
import { acknowledgeAhead } from "./optimistic-acks.ts";

export const acksAhead: Attack = {
  name: "acks-ahead",
  by: "user",
  description:
    "Acknowledges packets that were never sent, while a service sends without end (CVE-2025-4821): the engine takes its window to be as large as it likes.",
  held: "the connection is closed.",
  run: (ground, extent) => acknowledgeAhead(ground, extent, 1_000_000),
};
