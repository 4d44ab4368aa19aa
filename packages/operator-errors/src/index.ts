export { EXIT_CODES, formatOperatorError, isOperatorError, OperatorError, OperatorErrors } from "./operator-error.ts";
export type { ErrorPlace, OperatorErrorOptions } from "./operator-error.ts";
export type { Finding } from "./finding.ts";
