import type { Inspected, RecordsAgent } from "../../src/proposals/agent-words.ts";
import type { KeptProposal } from "../../src/proposals/proposal-book.ts";
import { ProposalDesk } from "../../src/drivers/proposal-desk.ts";
import { ApiError } from "../../src/api/exchange.ts";
import { WALL } from "../a-fabric.ts";

const DAY_MS = 86_400_000;
/** Two of these have to sign. */
const SIGNERS = ["k1", "k2", "k3"];

/**
 * An agent whose records are lines such as `web 2 k1,k2`: the subject, the epoch, and who has signed. Copies stand in several lines. A subject `bad…` is
 * refused for the reason behind it.
 */
class LineAgent implements RecordsAgent {
  isSilent = false;
  /** Records in force are others than those that are brought, of the same epoch. */
  isTwin = false;
  /** Epochs in force, by subject. */
  readonly inForce = new Map<string, number>();
  threshold = 2;
  /** Why it would take no record just now; undefined: it would. */
  fault: string | undefined;
  /** Whether the agent is silent where records are handed in. */
  isDeaf = false;
  /** Why it refuses records that are handed in; undefined: it takes them. */
  refuses: string | undefined;
  readonly handed: string[] = [];

  readonly inspect: RecordsAgent["inspect"] = async (text) => {
    this.#answer();
    const lines = text
      .trim()
      .split("\n")
      .map((line) => line.split(" "));
    const [subject = "", epoch] = lines[0]!;
    if (epoch === undefined) return { reason: "not-canonical", text: "It is no record." };
    const named = new Set(lines.flatMap(([, , names = ""]) => names.split(",")));
    const signed = SIGNERS.filter((name) => named.has(name));
    const isWhole = signed.length >= this.threshold;
    const held = this.inForce.get(subject);
    const isLate = !this.isTwin && held !== undefined && held > Number(epoch);
    const isHeld = !this.isTwin && held === Number(epoch);
    const reason = isLate
      ? "older"
      : isHeld
        ? "duplicate"
        : subject.startsWith("bad")
          ? subject.slice("bad-".length)
          : this.fault;
    return {
      id: idOf(subject, epoch),
      kind: subject.startsWith("node-") ? "node" : "service",
      scope: subject.startsWith("org-") ? "org/acme" : "cluster",
      subject,
      epoch: Number(epoch),
      expires: new Date(WALL + 30 * DAY_MS).toISOString(),
      payload: "AA==",
      words: [`service ${subject}`],
      signed,
      missing: isWhole
        ? []
        : [{ authority: "control", threshold: 2, signed, others: SIGNERS.filter((name) => !signed.includes(name)) }],
      isWhole,
      fault: reason === undefined ? null : { reason, text: "It is not taken." },
      inForce:
        held === undefined
          ? null
          : { id: this.isTwin ? "twin" : idOf(subject, String(held)), epoch: held, generation: held, proof: "p" },
      record: `${subject} ${epoch} ${signed.join(",")}\n`,
    } satisfies Inspected;
  };

  readonly hand: RecordsAgent["hand"] = async (text) => {
    this.#answer();
    if (this.isDeaf) throw new ApiError("ERR_CONTROL_AGENT_SILENT", "the agent does not answer");
    this.handed.push(text);
    const [subject = "", epoch = ""] = text.split(" ");
    if (this.refuses !== undefined)
      return { records: [{ id: null, outcome: "refused", status: 507, reason: this.refuses }] };
    this.inForce.set(subject, Number(epoch));
    return { records: [{ id: idOf(subject, epoch), outcome: "taken", status: 200 }] };
  };

  #answer(): void {
    if (this.isSilent) throw new ApiError("ERR_CONTROL_AGENT_SILENT", "the agent does not answer");
  }
}

/** An id of a record of the line agent. */
export function idOf(subject: string, epoch: string): string {
  return Buffer.from(`${subject} ${epoch}`).toString("hex").padEnd(64, "0");
}

/** A desk at a line agent, with the files that it has written. */
export class LineDesk {
  readonly agent = new LineAgent();
  readonly files = new Map<string, KeptProposal>();
  readonly desk: ProposalDesk;
  wall: number = WALL;
  changes = 0;

  constructor(kept: ReadonlyMap<string, KeptProposal> = new Map()) {
    this.desk = new ProposalDesk({
      agent: this.agent,
      kept,
      store: { write: (id, proposal) => this.files.set(id, proposal), remove: (id) => this.files.delete(id) },
      wallClock: () => this.wall,
      handleChange: () => void this.changes++,
    });
  }

  async bring(
    text: string,
    { expected = undefined as string | undefined, principal = "user/alice", sees = true } = {},
  ): Promise<string> {
    const bringer = { principal, isShown: () => sees };
    return this.desk.bring(text, bringer, expected).then(
      ({ isNew }) => (isNew ? "new" : "joined"),
      (error: unknown) => {
        if (error instanceof ApiError) return error.code;
        throw error;
      },
    );
  }

  /** Digests of the agent, with the number of the look in those of services. */
  async look(services = 0): Promise<void> {
    await this.desk.handleDigests({ service: { count: 0, hash: String(services) } });
  }

  get states(): readonly string[] {
    return this.desk.proposals.map(({ subject, state, signed }) => `${subject} ${state} ${signed.join(",")}`);
  }
}
