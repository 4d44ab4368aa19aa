import { isIP } from "node:net";

/** A host (an IPv6 address without brackets) and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** A place where a stream listens or goes. */
export type StreamAddress = ({ readonly kind: "tcp" } & HostPort) | { readonly kind: "unix"; readonly path: string };

/** The address at which datagrams come in, or to which they go. */
export type DatagramAddress = { readonly kind: "udp" } & HostPort;

/** The address at which the workloads of a tunnel come in. */
export type ListenAddress = StreamAddress | DatagramAddress;

/** `tcp://host:port`, `tcp://[v6]:port` or `unix:path`; undefined when it is none of them. The port is 1 to 65535. */
export function parseStreamAddress(text: string): StreamAddress | undefined {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    // `unix://run/x` would name a host in a URL; only an empty one (`unix:///run/x`) has a meaning.
    return path === "" || /^\/\/[^/]/.test(path) || path.includes("\0") ? undefined : { kind: "unix", path };
  }
  const address = parseHostPort(text, "tcp://");
  return address === undefined || address.port === 0 ? undefined : { kind: "tcp", ...address };
}

/** Reads what `parseStreamAddress` and `parseUdpAddress` do. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const address = parseUdpAddress(text);
  return address === undefined ? parseStreamAddress(text) : { kind: "udp", ...address };
}

/** `udp://host:port`, with a name or an IP address; the port is 1 to 65535. */
export function parseDatagramTarget(text: string): DatagramAddress | undefined {
  const address = parseHostPort(text, "udp://");
  return address === undefined || address.port === 0 ? undefined : { kind: "udp", ...address };
}

/** `udp://address:port` with an IP address; port 0 lets the system choose. */
export function parseUdpAddress(text: string): HostPort | undefined {
  const address = parseHostPort(text, "udp://");
  return address !== undefined && isIP(address.host) !== 0 ? address : undefined;
}

/** Writes an address as `parseStreamAddress` reads it. */
export function formatStreamAddress(address: StreamAddress): string {
  return address.kind === "unix" ? `unix:${address.path}` : `tcp://${formatHostPort(address)}`;
}

/** Writes an address as `parseListenAddress` or `parseDatagramTarget` reads it. */
export function formatListenAddress(address: ListenAddress): string {
  return address.kind === "udp" ? formatUdpAddress(address) : formatStreamAddress(address);
}

/** Writes an address as `parseUdpAddress` reads it. */
export function formatUdpAddress(address: HostPort): string {
  return `udp://${formatHostPort(address)}`;
}

export function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  return isIP(host) === 4 ? host.startsWith("127.") : host === "::1";
}

/** An address that stands for all addresses of this machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$/;

/** `127.0.0.1:80`, `[::1]:80`. */
function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseHostPort(text: string, scheme: string): HostPort | undefined {
  if (!text.startsWith(scheme)) return undefined;
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text.slice(scheme.length));
  if (match === null) return undefined;
  const [, v6, plain, digits] = match;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (v6 !== undefined) return isIP(v6) === 6 ? { host: v6, port } : undefined;
  if (plain === undefined || !HOST_NAME.test(plain)) return undefined;
  // A text of digits and dots alone was meant to be an address.
  return /^[\d.]+$/.test(plain) && isIP(plain) !== 4 ? undefined : { host: plain, port };
}

/** Parses `tcp://address:port` with an IP address, at which a program can listen whatever names mean. Undefined: it is something else. */
export function parseIpAddress(text: string): HostPort | undefined {
  const address = parseStreamAddress(text);
  return address?.kind === "tcp" && isIP(address.host) !== 0 ? { host: address.host, port: address.port } : undefined;
}
