/** Something about a process or a machine that an operator has to know. */
export interface Finding {
  /** `fault`: something that is configured is not as it should be. `warning`: it works, and will not for long, or not for everybody. */
  readonly weight: "fault" | "warning";
  /** A clause that says what it is: `link a is down`. */
  readonly text: string;
  /** Sentences that say what to do about it. */
  readonly advice: string;
}

export function fault(text: string, advice: string): Finding {
  return { weight: "fault", text, advice };
}

export function warning(text: string, advice: string): Finding {
  return { weight: "warning", text, advice };
}
