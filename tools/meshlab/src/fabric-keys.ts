import {
  makeSigningKey,
  type PublicKey,
  proposeRoot,
  addSignatures,
  type SigningKey,
} from "@florenetes/facts/authoring";
import type { FabricPlan } from "./fabric-plan.ts";

const OPERATORS = ["alice", "bob", "carol"] as const;

/** The operators' keys of a lab, each list in their order, and the root descriptor that names them. */
export interface FabricKeys {
  readonly roots: readonly SigningKey[];
  readonly controls: readonly SigningKey[];
  /** Empty: nobody signs collections. */
  readonly storage: readonly SigningKey[];
  readonly root: Buffer;
}

/** Makes keys and root of a lab, for programs that sign records, too. */
export function makeFabricKeys(
  cluster: string,
  plan: Pick<FabricPlan, "development" | "programs" | "storage">,
  programs: readonly (PublicKey & { readonly auto: true })[],
): FabricKeys {
  const keysOf = (what: string): SigningKey[] => OPERATORS.map((name) => makeSigningKey(`${name}-${what}`));
  const mode = plan.development === true ? "development" : "production";
  // A root for trials with programs has one operator who signs records, so that one program is enough, too.
  const isOneEnough = mode === "development" && plan.programs !== undefined;
  const [roots, controls] = [keysOf("root"), keysOf("control").slice(0, isOneEnough ? 1 : undefined)];
  const storage = plan.storage === true ? keysOf("storage") : [];
  const authorities = {
    root: { keys: roots },
    control: { keys: [...controls, ...programs] },
    ...(storage.length > 0 && { storage: { keys: storage } }),
  };
  const root = addSignatures(proposeRoot({ cluster, authorities, mode, now: Date.now() }), roots.slice(0, 2));
  return { roots, controls, storage, root };
}
