/** A row that a coordinator keeps over a restart. Without a text there is none any more of that name. */
export interface KeptRow {
  readonly name: string;
  readonly text: string | undefined;
}
