import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isPieceName, pieceCursor } from "@florenetes/blobs";
import { putFile } from "@florenetes/process-kit";
import { z } from "zod";
import { KEPT_KINDS, type KeptKind } from "../../config/keep-section.ts";
import type { KeptCursor } from "../../keep/kept-course.ts";
import { CURSORS_SIZE_MAX } from "../../keep/limits.ts";

/** How far each kind is. */
type Cursors = Readonly<Partial<Record<KeptKind, KeptCursor>>>;

/** A later time than this is none of the language's. */
const TIME_MAX = 8_640_000_000_000_000;

const cursorForm: z.ZodType<KeptCursor> = z.object({
  cursor: pieceCursor,
  name: z.string().refine(isPieceName),
  keptAt: z.int().min(0).max(TIME_MAX),
});
const fileForm = z.object({ collection: z.string(), kept: z.partialRecord(z.enum(KEPT_KINDS), cursorForm) });

/** The file of cursors in a folder. Without it all is kept anew, which does no harm. */
export class CursorFile {
  readonly #state: string;
  readonly #path: string;
  readonly #collection: string;

  /** @param collection its name for people: cursors of another one count for nothing */
  constructor(state: string, collection: string) {
    this.#state = state;
    this.#path = join(state, "kept.json");
    this.#collection = collection;
  }

  /** Reads it. Without `cursors` it is there, and cannot be used. */
  read(): { readonly cursors?: Cursors; readonly fault?: string } {
    try {
      if (statSync(this.#path).size > CURSORS_SIZE_MAX) return { fault: "it is too large" };
      const { collection, kept } = fileForm.parse(JSON.parse(readFileSync(this.#path, "utf8")));
      return { cursors: collection === this.#collection ? kept : {} };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === "ENOENT" ? { cursors: {} } : { fault: code ?? "it has another form" };
    }
  }

  /** Makes the folder, too, where there is none. @throws the system's error */
  write(cursors: Cursors): void {
    mkdirSync(this.#state, { recursive: true, mode: 0o700 });
    putFile(this.#path, `${JSON.stringify({ collection: this.#collection, kept: cursors })}\n`);
  }
}
