import { randomBytes } from "node:crypto";
import type { Instance } from "../instance.ts";

/** A life that begins now. */
export function newInstance(): Instance {
  return { startedAt: Date.now(), id: randomBytes(8).toString("hex") };
}
