import { isOperatorError } from "@florenetes/operator-text";

/** Resolves with the action's result, or with its error where an operator can mend that. Rejects with mistakes of the program. */
export async function attempt<Result>(action: () => Result | Promise<Result>): Promise<Result | Error> {
  try {
    return await action();
  } catch (error) {
    if (isOperatorError(error)) return error;
    throw error;
  }
}
