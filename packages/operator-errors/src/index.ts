export { EXIT_CODES, formatOperatorError, isOperatorError, OperatorError, OperatorErrors } from "./operator-error.ts";
export type { ErrorPlace, OperatorErrorOptions } from "./operator-error.ts";
export { fault, type Finding, warning } from "./finding.ts";
export { PROBLEMS_TOLD_MAX } from "./limits.ts";
