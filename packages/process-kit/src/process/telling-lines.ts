import { formatBytes } from "../admin/text-table.ts";

/** The places where a process writes secrets and packets; null: nowhere. */
interface Telling {
  /** The file of the connections' secrets. */
  readonly secretsFile: string | null;
  /** The folder of qlogs. */
  readonly qlog: { readonly folder: string; readonly files: number; readonly bytesLost: number } | null;
}

/** Lines for people about the files to which secrets and packets are written. */
export function tellingLines({ secretsFile, qlog }: Telling): string[] {
  const lines: string[] = [];
  if (secretsFile !== null) lines.push(`SECRETS of all connections are written to ${secretsFile}`);
  if (qlog !== null) {
    const { folder, files, bytesLost } = qlog;
    lines.push(`all PACKETS are told in ${folder}: ${files} files, ${formatBytes(bytesLost)} lost`);
  }
  return lines;
}
