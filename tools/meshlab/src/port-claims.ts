import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type ListenOptions, type Server } from "node:net";
import { labError } from "./lab-error.ts";
import { PORT_MAX, PORT_MIN, PORT_TRIES_MAX } from "./limits.ts";

export type Transport = "tcp" | "udp";

/**
 * Ports of this machine that a lab has for itself. A process listens on its port only some time after the lab has found it free. Meanwhile
 * neither another lab may take the port, nor a program that asks the kernel for any port.
 *
 * A claim is a Unix socket in the abstract namespace (unix(7)). The kernel gives its name to one process only. When that process has ended in
 * any way, the name is free again.
 */
export class PortClaims implements Disposable {
  readonly #claims = new Set<Server>();

  /** Claims a port, if it is free. */
  async claim(transport: Transport, host: string, port: number): Promise<boolean> {
    const claim = await listen({ path: `\0florenetes-lab ${transport} ${host} ${port}` });
    if (claim === undefined) return false;
    if (await (transport === "tcp" ? isFreeTcp(host, port) : isFreeUdp(host, port))) {
      this.#claims.add(claim);
      return true;
    }
    claim.close();
    return false;
  }

  /** Claims any free port. @throws OperatorError `ERR_LAB_NO_PORT` */
  async claimAny(transport: Transport, host: string): Promise<number> {
    for (let tried = 0; tried < PORT_TRIES_MAX; tried++) {
      const port = randomInt(PORT_MIN, PORT_MAX + 1);
      if (await this.claim(transport, host, port)) return port;
    }
    const message = `no ${transport.toUpperCase()} port of ${host} is free`;
    throw labError("ERR_LAB_NO_PORT", message, "Is it an address of this machine?");
  }

  /** Gives all claims up. Safe to repeat. */
  [Symbol.dispose](): void {
    for (const claim of this.#claims) claim.close();
    this.#claims.clear();
  }
}

async function isFreeTcp(host: string, port: number): Promise<boolean> {
  const server = await listen({ host, port });
  if (server === undefined) return false;
  server.close();
  await once(server, "close");
  return true;
}

function isFreeUdp(address: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createSocket("udp4");
  socket.once("error", () => socket.close(() => resolve(false)));
  socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(true)));
  return promise;
}

/** A server that does not keep the process alive; undefined when it cannot listen there. */
function listen(place: ListenOptions): Promise<Server | undefined> {
  const { promise, resolve } = Promise.withResolvers<Server | undefined>();
  const server = createServer().unref();
  server.once("error", () => resolve(undefined));
  server.listen({ ...place, exclusive: true }, () => resolve(server));
  return promise;
}
