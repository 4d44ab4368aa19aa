import type { RecordRef } from "./resources.ts";
import type { ToldRecord } from "./told-records.ts";

export function recordRef({ id, epoch, issued, expires }: ToldRecord): RecordRef {
  return { id, epoch, issued, expires };
}
