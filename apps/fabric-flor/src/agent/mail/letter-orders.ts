import type { Answer } from "@florenetes/feed";

/** News for the program that the node's letters of the kind `proposals` are for. */
export type LetterOrder =
  /** Letters have come that nobody has taken yet. */
  | { readonly kind: "come" }
  /** The outcome of a letter of the program; without an answer: nobody has given one. */
  | { readonly kind: "done"; readonly number: number; readonly answer: Answer | undefined };
