export { foreignLines, foreignQuote, foreignText, isShownAsIs, visibleJson } from "./foreign-text.ts";
