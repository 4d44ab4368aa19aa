/** The lines of a copy of a log as text: a first one, entries, what signers have put beside them, and an end, without which a copy that was cut would pass as whole. Pure. */

/** The first line. @param log the log's name */
export function firstCopyLine(cluster: string, log: string): string {
  return `florenetes log ${cluster} ${log}`;
}

/** An entry, whether it is one or not: a copy has what the store has. */
export function entryCopyLine(octets: Uint8Array): string {
  return `entry ${Buffer.from(octets).toString("base64")}`;
}

/** The post of a signer. @param keyId 64 lower-case hex digits */
export function postCopyLine(keyId: string, octets: Uint8Array): string {
  return `post ${keyId} ${Buffer.from(octets).toString("base64")}`;
}

/** The last line. @param entries how many lines of entries there are @param hash that of the last entry, in lower-case hex */
export function endCopyLine(entries: number, hash: string): string {
  return `end ${entries} ${hash}`;
}
