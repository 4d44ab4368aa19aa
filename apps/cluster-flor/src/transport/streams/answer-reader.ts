import type { QuicConnection, StreamResult } from "@florenetes/quic";
import { type Answer, MessageReader, ReadState, decodeAnswer } from "../messages.ts";

/** Reads the answer to OPEN from its stream. */
export class AnswerReader {
  readonly #reader = new MessageReader();

  /** Returns "ended" when the stream ends before its answer. A number is the reason why nothing more can be read now. */
  read(quic: QuicConnection, stream: number): Answer | "ended" | "malformed" | StreamResult {
    const reader = this.#reader;
    while (reader.state === ReadState.partial) {
      const received = quic.streamReceive(stream, reader.room);
      if (received < 0) return received as StreamResult;
      if (quic.streamEnded) return "ended";
      reader.advance(received);
    }
    return (reader.state === ReadState.whole ? decodeAnswer(reader.body) : undefined) ?? "malformed";
  }
}
