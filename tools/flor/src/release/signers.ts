import type { PublicKey } from "@florenetes/facts/authoring";
import { readPublicKeyArgument } from "../fabric/public-key-argument.ts";
import { usageError } from "../fabric/usage-error.ts";

/** The people who sign a repository's root and targets, and how many of them have to. */
export interface Signers {
  readonly operators: readonly PublicKey[];
  readonly threshold: number;
}

/** Reads `alice/update/key.pub,bob.pub,…`. Throws ERR_FABRIC_PUBLIC_KEY, ERR_FLOR_USAGE. */
export function readSigners(keys: string, wished: number | undefined): Signers {
  const operators = keys.split(",").map((text) => readPublicKeyArgument(text.trim()));
  if (new Set(operators.map(({ key }) => key)).size < operators.length)
    throw usageError("--keys names one key twice: its signature would count as two");
  const majority = Math.floor(operators.length / 2) + 1;
  const threshold = wished ?? majority;
  if (threshold < majority || threshold > operators.length)
    throw usageError(`${threshold} of ${operators.length} keys: it takes ${majority} to ${operators.length}`);
  return { operators, threshold };
}
