/** The reference page's only style; its hash stands in the page's Content-Security-Policy. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1b2430, #e4e9f0); --soft: light-dark(#5b6776, #9aa7b8); --paper: light-dark(#fbfaf7, #12161c);
  --card: light-dark(#ffffff, #1a2029); --line: light-dark(#e2ded4, #2b3440); --mark: light-dark(#b3401f, #ff9d7a); --code: light-dark(#f3f0e9, #10141a); }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 2rem 1.5rem; border-right: 1px solid var(--line); font-size: .875rem; }
nav h1 { margin: 0 0 .25rem; font-size: 1.25rem; letter-spacing: -.01em; }
nav h2 { margin: 1.25rem 0 .25rem; font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: block; padding: .15rem 0; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
a:hover, a:focus-visible { color: var(--mark); text-decoration-color: currentColor; }
main { padding: 2rem clamp(1rem, 4vw, 4rem) 6rem; max-width: 62rem; }
main > h2 { margin: 3rem 0 1rem; font-size: 1.4rem; letter-spacing: -.01em; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.1rem 1.3rem; margin: 0 0 1.2rem; }
article h3 { margin: 0 0 .4rem; font-size: 1.05rem; font-family: ui-monospace, monospace; }
article p { margin: .3rem 0 .8rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, monospace; font-size: .85em; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: .4rem; padding: .8rem 1rem; overflow-x: auto; }
.route { display: flex; flex-wrap: wrap; gap: .3rem .6rem; align-items: baseline; overflow-wrap: anywhere; }
.method { color: var(--mark); font-weight: 700; }
.facts { color: var(--soft); font-size: .85rem; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
.scroll { overflow-x: auto; }
th { text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
details summary { cursor: pointer; color: var(--soft); font-size: .88rem; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); } }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
`;
