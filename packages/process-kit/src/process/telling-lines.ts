import { formatBytes } from "../admin/text-table.ts";

/** The places to which a process writes what otherwise stays in it; null: it writes nothing. */
interface Telling {
  /** The file of its connections' secrets. */
  readonly secretsFile: string | null;
  /** The folder of its packets. */
  readonly qlog: { readonly folder: string; readonly files: number; readonly bytesLost: number } | null;
}

/** Lines for people about secrets and packets that are written somewhere. */
export function tellingLines({ secretsFile, qlog }: Telling): string[] {
  const lines: string[] = [];
  if (secretsFile !== null) lines.push(`SECRETS of all connections are written to ${secretsFile}`);
  if (qlog !== null) {
    const { folder, files, bytesLost } = qlog;
    lines.push(`all PACKETS are told in ${folder}: ${files} files, ${formatBytes(bytesLost)} lost`);
  }
  return lines;
}
