/** A record that a node makes of itself again and again, for its coordinators alone: its profile, and its word about its software. Pure. */
import { type Signer, signPayload, writePayload } from "@florenetes/facts";
import { PROFILE_LIFE_MS, REPORT_AGAIN_MS, REPORT_MS } from "../limits.ts";
import type { Moment } from "../moment.ts";
import type { Shown } from "./route-post.ts";

export interface ToldSlot {
  readonly cluster: string;
  readonly node: string;
  readonly key: Signer;
}

/** The words of a record, as text: all of it, and the part whose change is told at once. */
interface ToldText {
  readonly text: string;
  readonly essence: string;
}

/**
 * Makes one at half of the life of the last one, and where something else is to be said: a change of its essence is told at once, at most each 5 s; any other each minute, with the next
 * letter.
 */
export class ToldRecord {
  readonly #slot: ToldSlot;
  readonly #kind: "profile" | "installed";
  #last: (Shown & ToldText & { readonly at: Moment }) | undefined;
  #epoch = 0;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(slot: ToldSlot, kind: "profile" | "installed") {
    this.#slot = slot;
    this.#kind = kind;
  }

  /**
   * The newest record, which is made now where one is due.
   *
   * @param essence The part of the body whose change is told at once, as text
   * @param isKnown Whether all coordinators have a record
   */
  shown(body: object, essence: string, at: Moment, isKnown: (id: string) => boolean): Shown {
    const text = JSON.stringify(body);
    const before = this.#last;
    this.#dueAt = before === undefined ? at.now : dueAt(before, { text, essence });
    if (before !== undefined && at.now < this.#dueAt) return before;
    this.#dueAt = at.now + PROFILE_LIFE_MS / 2;
    this.#epoch = Math.max(this.#epoch + 1, at.wall);
    // A record in the place of one that nobody has yet is as urgent as that one.
    const wasTold = before !== undefined && (before.isPatient === true || isKnown(before.id));
    this.#last = {
      id: `${this.#kind} ${this.#epoch}`,
      octets: this.#write(body, at.wall),
      isPatient: wasTold && before.essence === essence,
      text,
      essence,
      at,
    };
    return this.#last;
  }

  /** When the next one is due, in monotonic milliseconds; Infinity: none has been asked for yet. */
  nextTimeout(): number {
    return this.#dueAt;
  }

  #write(body: object, wall: number): Uint8Array {
    const { cluster, node, key } = this.#slot;
    const slot = { kind: this.#kind, scope: "cluster", subject: node, authority: "node", issuer: node };
    const life = { epoch: this.#epoch, generation: 0, issued: wall, expires: wall + PROFILE_LIFE_MS };
    return signPayload(writePayload({ cluster, ...slot, ...life, body: { ...body } }), [key]);
  }
}

function dueAt(last: ToldText & { readonly at: Moment }, { text, essence }: ToldText): number {
  if (essence !== last.essence) return last.at.now + REPORT_AGAIN_MS;
  return last.at.now + (text === last.text ? PROFILE_LIFE_MS / 2 : REPORT_MS);
}
