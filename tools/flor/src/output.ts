/** The two outputs of a command: results go to `out`, warnings and problems to `err`. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}
