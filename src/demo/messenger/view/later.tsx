import { type ComponentType, type FunctionComponent, h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useShared, wordsOf } from "./shared.tsx";

/** A part of the page that is seldom wanted: it is loaded when it first is, and nothing of it is shown until then. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): FunctionComponent<Props> {
  let part: ComponentType<Props> | undefined;
  return function Later(props: Props) {
    const { say, tell } = useShared();
    const [, setThere] = useState(part !== undefined);
    useEffect(() => {
      if (part !== undefined) return;
      let wanted = true;
      load().then(
        (loaded) => {
          part = loaded;
          if (wanted) setThere(true);
        },
        (error: unknown) => wanted && tell(`${say("loadError")}: ${wordsOf(error)}`),
      );
      return () => {
        wanted = false;
      };
    }, []);
    return part === undefined ? null : h(part, props);
  };
}
