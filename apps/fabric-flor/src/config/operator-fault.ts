import { isOperatorError } from "@florenetes/operator-text";

/** An error with a code that an operator can act on. */
export type OperatorFault = Error & { readonly code: string; readonly advice?: string };

/** The operator's error that an action throws; undefined where it throws none. */
export function operatorFault(act: () => unknown): OperatorFault | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (isOperatorError(error)) return error;
    throw error;
  }
}
