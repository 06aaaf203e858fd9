type Child = Node | string;

export interface Props {
  readonly class?: string;
  readonly text?: string;
  readonly [attribute: string]: string | undefined;
}

/** An element. Whatever people wrote goes in as text, never as markup. */
export function el<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined) continue;
    if (name === "text") element.textContent = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** The page's own element of this id: its absence is a fault of ours. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return element;
}

/** Only what differs is touched, so that screen readers hear of changes and of nothing else. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: HTMLElement, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Makes the children show the items, in order. Elements stay with their item, so focus and images stay, too. */
export function showList<Item>(
  parent: HTMLElement,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  create: (item: Item) => HTMLElement,
  update: (element: HTMLElement, item: Item, index: number) => void,
): void {
  const known = new Map([...parent.children].filter((child) => child instanceof HTMLElement).map((child) => [child.dataset.key ?? "", child]));
  let before: Element | null = parent.firstElementChild;
  items.forEach((item, index) => {
    const key = keyOf(item);
    const element = known.get(key) ?? create(item);
    known.delete(key);
    element.dataset.key = key;
    update(element, item, index);
    if (element === before) before = before.nextElementSibling;
    else parent.insertBefore(element, before);
  });
  for (const gone of known.values()) gone.remove();
}
