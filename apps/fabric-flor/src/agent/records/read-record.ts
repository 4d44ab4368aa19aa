import { type Fact, readFact } from "@florenetes/facts";

/** The members of a record of a cluster, which nobody has judged; undefined: it is none. */
export function readRecord(octets: Uint8Array, cluster: string): Fact | undefined {
  const fact = readFact(octets, cluster);
  return typeof fact === "string" ? undefined : fact;
}
