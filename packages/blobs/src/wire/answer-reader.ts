/** Reads an answer of HTTP/1.1 from a connection: no more of it than it may have. Pure. */
import { formError } from "./forms.ts";
import { ANSWER_HEAD_SIZE_MAX } from "./limits.ts";

export interface ReadAnswerMessage {
  readonly status: number;
  readonly body: Uint8Array;
  /** Whether the connection may carry another question. */
  readonly isKept: boolean;
}

const STATUS_LINE = /^HTTP\/1\.1 ([2-5]\d\d)(?: [\t -~]*)?$/;
const FIELD = /^([A-Za-z0-9-]{1,64}):[\t ]*([\t -~]*?)[\t ]*$/;
const LENGTH = /^(?:0|[1-9]\d{0,9})$/;
const HEAD_END = "\r\n\r\n";

interface Head {
  readonly status: number;
  readonly length: number;
  readonly isKept: boolean;
}

/** Reads a single answer, with its length in front; neither pieces (`transfer-encoding`) nor notes before it (1xx) are any of storage's. */
export class AnswerReader {
  readonly #sizeMax: (status: number) => number;
  #start: Buffer = Buffer.of();
  #head: Head | undefined;
  /** Octets of the body: room for all of them, of which `#size` have come. */
  #body: Buffer = Buffer.of();
  #size = 0;

  /** @param sizeMax octets that a body may have, by its status */
  constructor(sizeMax: (status: number) => number) {
    this.#sizeMax = sizeMax;
  }

  /** Whether nothing has come yet. */
  get isUntouched(): boolean {
    return this.#head === undefined && this.#start.length === 0;
  }

  /**
   * Takes octets. Returns the answer once it is whole.
   *
   * @throws HolderError ERR_STORAGE_FORM where it is none of storage's
   */
  take(octets: Buffer): ReadAnswerMessage | undefined {
    const body = this.#head === undefined ? this.#takeHead(octets) : octets;
    if (body === undefined || this.#head === undefined) return undefined;
    const { status, length, isKept } = this.#head;
    if (this.#size + body.length > length) throw formError("there is more than the answer");
    body.copy(this.#body, this.#size);
    this.#size += body.length;
    return this.#size < length ? undefined : { status, isKept, body: this.#body };
  }

  /** Takes octets of the head. Returns those behind it; undefined: there are more to come. */
  #takeHead(octets: Buffer): Buffer | undefined {
    this.#start = this.#start.length === 0 ? octets : Buffer.concat([this.#start, octets]);
    const end = this.#start.subarray(0, ANSWER_HEAD_SIZE_MAX).indexOf(HEAD_END);
    if (end === -1) {
      if (this.#start.length >= ANSWER_HEAD_SIZE_MAX) throw formError("the head of the answer does not end");
      return undefined;
    }
    this.#head = readHead(this.#start.toString("latin1", 0, end));
    if (this.#head.length > this.#sizeMax(this.#head.status)) throw formError("the answer is too long");
    // Pieces that were kept as they come would cost their reader far more than their octets: a holder may send one octet after the other.
    this.#body = Buffer.allocUnsafe(this.#head.length);
    return this.#start.subarray(end + HEAD_END.length);
  }
}

function readHead(text: string): Head {
  const [line = "", ...fields] = text.split("\r\n");
  const [, status] = STATUS_LINE.exec(line) ?? [];
  if (status === undefined) throw formError("the answer is none of HTTP/1.1");
  let length: string | undefined;
  let isKept = true;
  for (const field of fields) {
    const [, name, value = ""] = FIELD.exec(field) ?? [];
    if (name === undefined) throw formError("the answer has a header that is none");
    switch (name.toLowerCase()) {
      case "transfer-encoding":
        throw formError("the answer comes in pieces");
      case "content-length":
        if (length !== undefined || !LENGTH.test(value)) throw formError("the answer has no length, or two");
        length = value;
        break;
      case "connection":
        isKept = value.toLowerCase() !== "close";
        break;
      default:
    }
  }
  if (length === undefined) throw formError("the answer has no length");
  return { status: Number(status), length: Number(length), isKept };
}
