import type { StoreConfig } from "./fabric-config.ts";
import { readKeyFile, readTextFile } from "@florenetes/identity/authority";
import { isOperatorError } from "@florenetes/operator-text";

type EtcdConfig = Extract<StoreConfig, { readonly kind: "etcd" }>;

/** The certificates and the key by which etcd is asked, in PEM. Throws an operator's error, also for a key that others than its owner may use. */
export function readEtcdFiles({ ca, cert, key }: EtcdConfig): {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
} {
  return { ca: readTextFile(ca).text, cert: readTextFile(cert).text, key: readKeyFile(key) };
}

/** Finds what keeps the files of a store from being read; undefined when nothing does. */
export function checkStoreFiles(config: StoreConfig): Error | undefined {
  if (config.kind === "sqlite") return undefined;
  try {
    readEtcdFiles(config);
    return undefined;
  } catch (error) {
    if (isOperatorError(error)) return error;
    throw error;
  }
}
