/** A page of a group's menu. */
export interface PageProps {
  readonly group: string;
  close(): void;
  /** To the menu, if the page was opened from there. */
  readonly back: (() => void) | undefined;
}
