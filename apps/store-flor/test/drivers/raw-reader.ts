import { connect, type Socket } from "node:net";
import { request } from "node:http";
import type { Logger } from "@florenetes/process-kit";

/** The header by which a cluster vertex says who reads. */
function headerOf(principal: string): Buffer {
  const name = Buffer.from(principal);
  const head = Buffer.from("0d0a0d0a000d0a515549540a2100000000000000", "hex").subarray(0, 16);
  const field = Buffer.from([0xe0, 0, name.length]);
  const header = Buffer.concat([head, field, name]);
  header.writeUInt16BE(field.length + name.length, 14);
  return header;
}

/** A connection with a socket, as a cluster vertex brings it. */
export function connectAs(path: string, principal: string): Socket {
  const socket = connect(path);
  socket.on("error", () => undefined);
  socket.write(headerOf(principal));
  return socket;
}

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
  /** Signs of life before the answer. */
  readonly signs: number;
}

/** Asks for a path. Rejects where the connection ends before the answer. */
export function ask(
  path: string,
  url: string,
  options: { readonly principal?: string; readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { principal = "vertex/a", method = "GET", headers = {} } = options;
  return new Promise((done, fail) => {
    let signs = 0;
    const createConnection = (): Socket => connectAs(path, principal);
    const asking = request({ createConnection, path: url, method, headers: { host: "update", ...headers } });
    asking.on("error", fail).on("information", () => signs++);
    asking.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("error", fail).on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { statusCode = 0, headers: told } = response;
        done({ status: statusCode, headers: told, body: Buffer.concat(chunks), signs });
      });
    });
    asking.end();
  });
}

/** A log that keeps the codes of its lines. */
export class CodesLog implements Logger {
  readonly codes: string[] = [];
  readonly debug = (): void => undefined;
  readonly info = ({ code }: { readonly code: string }): void => void this.codes.push(code);
  readonly warn = ({ code }: { readonly code: string }): void => void this.codes.push(code);
  readonly error = ({ code }: { readonly code: string }): void => void this.codes.push(code);
  readonly child = (): Logger => this;
}
