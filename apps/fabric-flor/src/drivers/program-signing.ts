/** The key of a program, by which an agent signs as rules say. */
import { isOperatorError } from "@florenetes/operator-text";
import type { AgentOptions } from "../agent/agent.ts";
import type { ProgramOrder } from "../agent/programs/program-orders.ts";
import type { SignerRule } from "../config/schema.ts";
import type { KeptUses, TokenUsesFile } from "../config/token-uses-file.ts";

/** The key of a program. */
export interface ProgramSigner {
  readonly keyId: string;
  readonly rules: readonly SignerRule[];
  /** Keeps whom the key has let in by which token: for the rule `tokens`. */
  readonly uses: Pick<TokenUsesFile, "read" | "keep">;
  /** The octets of a record, with one signature more. Rejects with an operator's error. */
  readonly sign: (record: Uint8Array) => Promise<Uint8Array>;
}

export type SignOrder = Extract<ProgramOrder, { readonly kind: "sign" }>;

/** Signs records one after the other. One that cannot be signed does not keep the others from it: `fault` is the code of what has kept it. */
export async function signRecords(
  { sign, uses }: ProgramSigner,
  { records, remembered }: SignOrder,
): Promise<{ readonly signed: readonly Uint8Array[]; readonly fault: string | undefined }> {
  const signed: Uint8Array[] = [];
  let fault = remember(uses, remembered);
  for (const record of fault === undefined ? records : []) {
    try {
      signed.push(await sign(record));
    } catch (error) {
      if (!isOperatorError(error)) throw error;
      fault = error.code;
    }
  }
  return { signed, fault };
}

/** Keeps what has to be on the disk before anything is signed. Returns the code of what keeps it from that. */
function remember(file: ProgramSigner["uses"], uses: KeptUses | undefined): string | undefined {
  if (uses === undefined) return undefined;
  try {
    file.keep(uses);
    return undefined;
  } catch (error) {
    if (!isOperatorError(error)) throw error;
    return error.code;
  }
}

/** The agent's part in the rules of a program's key. A file that does not say any more whom it has let in has it let in nobody. */
export function rulesOf(signer: ProgramSigner | undefined): Pick<AgentOptions, "renewer" | "stager" | "admitter"> {
  if (signer === undefined) return {};
  const { keyId, rules, uses } = signer;
  return {
    renewer: rules.includes("renew") ? keyId : undefined,
    stager: rules.includes("releases") ? keyId : undefined,
    admitter: rules.includes("tokens") ? { keyId, uses: readUses(uses) } : undefined,
  };
}

function readUses(uses: ProgramSigner["uses"]): KeptUses | string {
  try {
    return uses.read();
  } catch (error) {
    if (!isOperatorError(error)) throw error;
    return error.code;
  }
}
