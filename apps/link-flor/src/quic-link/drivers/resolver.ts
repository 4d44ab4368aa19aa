import { lookup, V4MAPPED } from "node:dns";
import { isIP } from "node:net";
import type { ResolvableSocket, Resolve } from "../link-surroundings.ts";
import { canonicalAddress } from "./canonical-address.ts";

type Done = (address: string | undefined, problem: string) => void;

/** Resolves hosts to addresses that this socket can send to. */
export function resolverFor(socket: Pick<ResolvableSocket, "isIpv6" | "withoutScope">): Resolve {
  const { isIpv6 } = socket;
  const lookUps = new LookUps(isIpv6);
  return (host, port, done) => {
    const version = isIP(host);
    if (version === 0) {
      lookUps.ask(host, (address, problem) => {
        done(address === undefined ? undefined : { host: address, port }, problem);
      });
    } else if (version === 6 && !isIpv6) {
      done(undefined, `${host}: this end listens on an IPv4 address`);
    } else {
      const address = version === 4 && isIpv6 ? `::ffff:${host}` : canonicalAddress(socket.withoutScope(host));
      done({ host: address, port }, "");
    }
  };
}

/** Keeps at most one look-up of each name under way: they must not pile up when the name server does not answer. */
class LookUps {
  readonly #isIpv6: boolean;
  readonly #waiting = new Map<string, Done[]>();

  constructor(isIpv6: boolean) {
    this.#isIpv6 = isIpv6;
  }

  ask(host: string, done: Done): void {
    const waiting = this.#waiting.get(host);
    if (waiting !== undefined) {
      waiting.push(done);
      return;
    }
    const all = [done];
    this.#waiting.set(host, all);
    const options = this.#isIpv6 ? ({ family: 6, hints: V4MAPPED } as const) : ({ family: 4 } as const);
    lookup(host, options, (error, address) => {
      this.#waiting.delete(host);
      const problem = error === null ? "" : `${host}: ${error.code ?? error.message}`;
      for (const each of all) each(error === null ? address : undefined, problem);
    });
  }
}
