export { followSections } from "./drivers/follow-sections.ts";
export type { FollowOptions } from "./drivers/follow-sections.ts";
export { UNREAD_MAX } from "./limits.ts";
export { LiveSections } from "./live-sections.ts";
export type { Page } from "./live-sections.ts";
export { type Markup, markup } from "./markup.ts";
export { PAGE_FILES, pageOf, POLICY } from "./page.ts";
export type { ConsolePicture, MapLink, MapNode, MapPicture, PictureTable } from "./picture.ts";
export { sectionIds, type Sections, SectionWriter } from "./sections.ts";
