/** Greetings, the first datagrams of both ends: names and certificates as an object of JSON. They are as large as the largest packet. */
import type { LinkWish, Refusal, Vertex } from "./florenetes/florenetes.js";

const VERSION = 1;
/** Certificates of the longest chain that is judged. */
const CERTIFICATES_MAX = 8;
const CHAIN_SIZE_MAX = 16_384;
const NAME_LENGTH_MAX = 255;

/** The greeting of the other end. The names are those of a HELLO, and only the certificates prove them. */
export interface Greeting {
  readonly vertex: string;
  readonly tag: string;
  readonly chain: readonly Uint8Array[];
}

/** The refusal of a greeting: its code goes to the other end. */
export class Refused extends Error implements Refusal {
  readonly code: string;
  readonly text: string;

  constructor({ code, text }: Refusal) {
    super(`${code}: ${text}`);
    this.code = code;
    this.text = text;
  }
}

/** @param wish the wish of an originator; undefined: an acceptor answers */
export function writeGreeting(vertex: Vertex, wish: LinkWish | undefined, attempt: number, size: number): Buffer {
  const { cluster, name, instance } = vertex;
  const hello = wish && {
    version: VERSION,
    cluster,
    vertex: name,
    peer: wish.peer,
    tag: wish.tag,
    started: instance.startedAt,
    instance: instance.id,
    attempt,
  };
  const chain = vertex.chain.map((certificate) => Buffer.from(certificate).toString("base64"));
  return Buffer.from(JSON.stringify({ ...hello, chain }).padEnd(size));
}

/** @throws Refused */
export function readAccept(content: Buffer): readonly Uint8Array[] {
  return readChain(readObject(content));
}

/** Reads a hello, and refuses one that is not meant for this vertex. @throws Refused */
export function readHello(content: Buffer, { cluster, name }: Vertex): Greeting {
  const hello = readObject(content);
  const { vertex, tag } = hello;
  if (!isName(vertex) || !isName(tag)) throw wrong("a hello with something missing");
  if (hello["version"] !== VERSION)
    throw new Refused({ code: "VERSION_UNSUPPORTED", text: `this link vertex speaks version ${VERSION} only` });
  if (hello["cluster"] !== cluster || hello["peer"] !== name)
    throw new Refused({ code: "WRONG_NAME", text: `this is ${name} of ${cluster}` });
  return { vertex, tag, chain: readChain(hello) };
}

export function isSameChain(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((certificate, index) => Buffer.compare(certificate, b[index]!) === 0);
}

function readObject(content: Buffer): { readonly [key: string]: unknown } {
  try {
    const found: unknown = JSON.parse(content.toString());
    if (typeof found === "object" && found !== null) return found as { readonly [key: string]: unknown };
  } catch {
    // The content is not JSON: the error below says so.
  }
  throw wrong("a greeting that is none");
}

function readChain({ chain }: { readonly [key: string]: unknown }): readonly Uint8Array[] {
  if (!Array.isArray(chain) || chain.length === 0 || !chain.every((each) => typeof each === "string"))
    throw wrong("a greeting without certificates");
  const certificates = chain.map((text: string) => Buffer.from(text, "base64"));
  const size = certificates.reduce((sum, { length }) => sum + length, 0);
  if (certificates.length > CERTIFICATES_MAX || size > CHAIN_SIZE_MAX)
    throw new Refused({ code: "CERTIFICATE_REFUSED", text: "the chain is too long" });
  return certificates;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= NAME_LENGTH_MAX;
}

function wrong(text: string): Refused {
  return new Refused({ code: "PROTOCOL_ERROR", text });
}
