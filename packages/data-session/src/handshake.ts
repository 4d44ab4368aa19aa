import { foreignText } from "@florenetes/operator-text";
import { SessionCode, Violation } from "./codes.ts";
import { AUTH_PEER_CREDENTIALS, type Frame, type FrameOf, Role } from "./frames.ts";
import { TEXT_SHOWN_MAX, VERSION } from "./limits.ts";
import type { SessionLimits } from "./session-limits.ts";

/**
 * The frames before the first stream. Both ends begin with HELLO; the workload then sends AUTH and SESSION_READY
 * without waiting, the vertex its SESSION_READY when it has judged the workload.
 */
export class Handshake {
  peerName = "";
  peerLimits: SessionLimits | undefined;
  /** The principal that the workload stands for, as the vertex says. */
  principal: string | undefined;
  /** The services to which a workload may open streams, as the vertex says; undefined: it does not say so. */
  services: readonly string[] | undefined;
  readonly #role: Role;
  #isHelloHeard = false;
  #isAuthHeard = false;

  constructor(role: Role) {
    this.#role = role;
  }

  /** Whether both ends have sent and received SESSION_READY. */
  get isComplete(): boolean {
    return this.peerLimits !== undefined && this.principal !== undefined;
  }

  /** Whether the vertex has received AUTH, and has not accepted the workload yet. */
  get isJudging(): boolean {
    return this.#role === Role.vertex && this.#isAuthHeard && this.principal === undefined;
  }

  /**
   * Handles a frame that comes before the handshake is complete, or an unexpected frame of the handshake. Returns the
   * principal of AUTH.
   */
  handleFrame(frame: Frame): string | undefined {
    if (!this.#isHelloHeard && frame.kind !== "hello") throw outOfTurn("the first frame is not HELLO");
    switch (frame.kind) {
      case "hello":
        this.#handleHello(frame);
        return undefined;
      case "auth":
        return this.#handleAuth(frame);
      case "sessionReady":
        this.#handleReady(frame);
        return undefined;
      default:
        throw outOfTurn("a frame for streams or news comes before SESSION_READY");
    }
  }

  #handleHello({ lowestVersion, highestVersion, role, name }: FrameOf<"hello">): void {
    if (this.#isHelloHeard) throw outOfTurn("a second HELLO");
    if (role === this.#role) throw outOfTurn("both ends say that they are the same one of the two");
    if (lowestVersion > VERSION || highestVersion < VERSION) {
      const sentence = `versions ${lowestVersion} to ${highestVersion} are spoken there, and ${VERSION} here`;
      throw new Violation(SessionCode.unsupported, sentence);
    }
    this.#isHelloHeard = true;
    this.peerName = foreignText(name, TEXT_SHOWN_MAX);
  }

  #handleAuth({ method, principal }: FrameOf<"auth">): string {
    if (this.#role !== Role.vertex) throw outOfTurn("AUTH comes from a vertex");
    if (this.#isAuthHeard) throw outOfTurn("a second AUTH");
    if (method !== AUTH_PEER_CREDENTIALS) {
      throw new Violation(SessionCode.unsupported, `AUTH has the unknown method ${method}`);
    }
    this.#isAuthHeard = true;
    return principal;
  }

  #handleReady({ principal, limits, services }: FrameOf<"sessionReady">): void {
    if (this.peerLimits !== undefined) throw outOfTurn("a second SESSION_READY");
    if (this.#role === Role.vertex && !this.#isAuthHeard) throw outOfTurn("SESSION_READY comes before AUTH");
    this.peerLimits = limits;
    if (this.#role !== Role.workload) return;
    this.principal = principal;
    this.services = services;
  }
}

function outOfTurn(sentence: string): Violation {
  return new Violation(SessionCode.outOfTurn, sentence);
}
