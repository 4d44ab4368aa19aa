/** Pieces that programs of a fabric hand out to be kept: they follow each other, and each is whole by itself. */
import { z } from "zod";
import { PIECE_SIZE_MAX } from "./limits.ts";

export interface Piece {
  /** The name of a file. Names of one kind and node are in the order of what they have. */
  readonly name: string;
  /** To be asked with for what comes behind it: it says nothing to whoever keeps it. */
  readonly cursor: string;
  readonly text: string;
  /** Whether there is nothing more behind it at present. */
  readonly isLast: boolean;
}

/** The answer of a program at `/pieces/<kind>`. */
export interface ToldPiece {
  readonly cluster: string;
  readonly node: string;
  /** A sentence of why there is nothing to be kept; null: there may be. */
  readonly fault: string | null;
  /** Null: nothing has come since. */
  readonly piece: Piece | null;
}

/** The cursor of a piece, as it is kept: half of a pair of UTF-16, which JSON may have, could be asked with by nobody. */
export const pieceCursor: z.ZodType<string> = z.string().regex(/^[!-~]{1,512}$/);

const NAME = /^[a-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Whether a text is the name of a piece: a file of any folder may have it. */
export function isPieceName(text: string): boolean {
  return NAME.test(text);
}

/** The form of the answer; members that a later version adds are left out. */
export const toldPiece: z.ZodType<ToldPiece> = z.object({
  cluster: z.string().max(512),
  node: z.string().max(512),
  fault: z.string().max(512).nullable(),
  piece: z
    .object({
      name: z.string().regex(NAME),
      cursor: pieceCursor,
      text: z.string().min(1).max(PIECE_SIZE_MAX),
      isLast: z.boolean(),
    })
    .nullable(),
});
