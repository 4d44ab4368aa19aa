/** An address that UDP payloads come from and go to: an IP address in its usual text, and a port. */
export interface UdpAddress {
  readonly host: string;
  readonly port: number;
  /** The address of ours that the payloads go to, and that answers leave from. Undefined: the socket has only one, or it is not known. */
  readonly local?: string;
}

/** The address at which an originator finds its peer, as this link protocol reads it in an endpoint string. */
export interface LinkAddress {
  /** IPv4 address, IPv6 address without brackets, or a name. */
  readonly host: string;
  readonly port: number;
}

const pattern = /^udp:\/\/(?:\[(?<v6>[0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|(?<name>[\w.-]+)):(?<port>\d{1,5})$/;

/** Stands for an address that is not known yet. */
export const nowhere: UdpAddress = { host: "", port: 0 };

/** Whether payloads of both take the same path. An address of ours that is not known may be any. */
export function isSameAddress(a: UdpAddress, b: UdpAddress): boolean {
  if (a === b) return true;
  const isSameEnd = a.local === b.local || a.local === undefined || b.local === undefined;
  return a.port === b.port && a.host === b.host && isSameEnd;
}

/** Reads `udp://host:port`; IPv6 in brackets. Undefined: the text is something else. */
export function parseEndpoint(endpoint: string): LinkAddress | undefined {
  const groups = pattern.exec(endpoint)?.groups;
  const host = groups?.["v6"] ?? groups?.["name"];
  const port = Number(groups?.["port"]);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

export function formatEndpoint(address: LinkAddress): string {
  return address.host.includes(":")
    ? `udp://[${address.host}]:${address.port}`
    : `udp://${address.host}:${address.port}`;
}
