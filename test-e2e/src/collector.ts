/** A collector of spans, as far as OTLP over HTTP asks for one (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** The parts of a span in OTLP's JSON that tests look at. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, "attributes" | "resource"> & {
        readonly attributes: readonly KeyValue[];
      })[];
    }[];
  }[];
}

export class Collector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  requests = 0;
  /** Answers in the collector's place; undefined: it takes the spans. */
  misbehave: ((response: ServerResponse) => void) | undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response));
  }

  /** @param tls files of its certificate and key; undefined: plain HTTP */
  static async open(port = 0, tls?: { readonly cert: string; readonly key: string }): Promise<Collector> {
    const options = tls && { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
    const server = options === undefined ? createServer() : (createTlsServer(options) as unknown as Server);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new Collector(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    this.headers.push(request.headers);
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    if (this.misbehave !== undefined) return this.misbehave(response);
    this.spans.push(...spansOf(JSON.parse(body) as Request));
    response.setHeader("content-type", "application/json").end("{}");
  }
}

function spansOf({ resourceSpans }: Request): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({ ...span, attributes: fieldsOf(span.attributes), resource: fieldsOf(resource.attributes) })),
  );
}

function fieldsOf(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
