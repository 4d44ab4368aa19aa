import type { AuditStore } from "../../src/api/audit.ts";
import { Audit } from "../../src/api/audit.ts";

/** An audit that no file keeps. */
export function newAudit(store: Partial<AuditStore> = {}): Audit {
  return new Audit({ id: "0123456789abcdef", kept: [], append: () => true, ...store });
}
