import type { StoreConfig } from "./fabric-config.ts";
import { readKeyFile, readTextFile } from "@florenetes/identity/authority";
import { type OperatorFault, operatorFault } from "./operator-fault.ts";

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
export function checkStoreFiles(config: StoreConfig): OperatorFault | undefined {
  if (config.kind === "sqlite") return undefined;
  return operatorFault(() => readEtcdFiles(config));
}
