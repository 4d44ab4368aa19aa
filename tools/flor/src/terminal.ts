/** Questions to a person at a terminal. */
import { createInterface } from "node:readline/promises";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "./error-codes.ts";

/** Questions go to standard error, since results go to standard output. Answers come from standard input. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream;
}

/** The terminal of this process. `input.isTTY` says whether there is one. */
export const processTerminal: Terminal = { input: process.stdin, output: process.stderr };

/** Throws ERR_FLOR_NO_TERMINAL when nobody can answer. `instead` names the option that replaces the answer. */
export function requireTerminal({ input }: Terminal, instead: string): void {
  if (input.isTTY) return;
  const message = `there is no terminal to ask at: ${instead}`;
  throw new OperatorError("ERR_FLOR_NO_TERMINAL", message, { advice: FLOR_ERRORS.ERR_FLOR_NO_TERMINAL.advice });
}

/** Asks for a line that is not shown. Backspace and Ctrl-U work; Ctrl-C and Ctrl-D throw ERR_FLOR_CANCELLED. */
export async function askHidden(prompt: string, { input, output }: Terminal): Promise<string> {
  // Raw mode comes first: a fast person answers as soon as the question is there, and the terminal would show the answer.
  input.setRawMode(true);
  output.write(prompt);
  try {
    return await readHiddenLine(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write("\n");
  }
}

/** Asks for `yes`, spelled out. Everything else throws ERR_FLOR_CANCELLED. */
export async function askYes(question: string, { input, output }: Terminal): Promise<void> {
  const lines = createInterface({ input, output, terminal: false });
  const closed = new Promise<string>((done) => lines.once("close", () => done("")));
  try {
    const answer = await Promise.race([lines.question(`${question} (yes/no) `), closed]);
    if (answer.trim().toLowerCase() !== "yes") throw cancelled();
  } finally {
    lines.close();
  }
}

/** Reads a line. Characters behind it stay in the stream: a pasted text may answer two questions. */
function readHiddenLine(input: NodeJS.ReadStream): Promise<string> {
  const decoder = new TextDecoder();
  let typed = "";
  return new Promise((done, fail) => {
    const onEnd = (): void => fail(cancelled());
    const onData = (chunk: Buffer): void => {
      const characters = Array.from(decoder.decode(chunk, { stream: true }));
      for (const [at, character] of characters.entries()) {
        if (character === "\u0003" || character === "\u0004") return finish(() => fail(cancelled()));
        if (character === "\r" || character === "\n") {
          const rest = characters.slice(at + 1).join("");
          return finish(() => {
            if (rest !== "") input.unshift(Buffer.from(rest));
            done(typed);
          });
        }
        if (character === "\u007F" || character === "\b") typed = Array.from(typed).slice(0, -1).join("");
        else if (character === "\u0015") typed = "";
        else typed += character;
      }
    };
    const finish = (settle: () => void): void => {
      input.off("data", onData).off("end", onEnd);
      input.pause();
      settle();
    };
    input.on("data", onData).on("end", onEnd);
    input.resume();
  });
}

function cancelled(): OperatorError {
  const { meaning, advice } = FLOR_ERRORS.ERR_FLOR_CANCELLED;
  return new OperatorError("ERR_FLOR_CANCELLED", meaning.replace(/\.$/, ""), { advice, exitCode: EXIT_CODES.failed });
}
