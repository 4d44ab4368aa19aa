export { NAME_LENGTH_MAX } from "./limits.ts";
export { isArmored, readArmor, writeArmor } from "./armor.ts";
export { isName, NAME_FORM } from "./names.ts";
export { foreignLines, foreignQuote, foreignText, isShownAsIs, visibleJson } from "./foreign-text.ts";
export { EXIT_CODES, formatOperatorError, isOperatorError, OperatorError, OperatorErrors } from "./operator-error.ts";
export type { ErrorPlace, OperatorErrorOptions } from "./operator-error.ts";
export { fault, type Finding, warning } from "./finding.ts";
export { PROBLEMS_TOLD_MAX } from "./limits.ts";
