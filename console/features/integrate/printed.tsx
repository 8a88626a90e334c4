import classes from './types.module.css';

/** Text as it was written, in a box that scrolls. */
export function Printed({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1)
    <pre className={classes.readme} tabIndex={0}>
      {text}
    </pre>
  );
}
