import type { ReactNode } from 'react';
import classes from './panel.module.css';

/** A titled part of a screen; `aside` stands at the right end of its title. */
export function Panel(props: {
  title?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  id?: string;
}) {
  return (
    <section className={`${classes.panel} ${props.className ?? ''}`} id={props.id}>
      {props.title === undefined ? null : (
        <header className={classes.head}>
          <h2 className={classes.title}>{props.title}</h2>
          {props.aside}
        </header>
      )}
      <div className={classes.body}>{props.children}</div>
    </section>
  );
}

/** Name and value pairs in two columns. Rows whose value is undefined or null are left out. */
export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={classes.facts}>
      {rows.map(([name, value]) =>
        value === undefined || value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** A page: its title, what stands at the right of it, and the rest filling the height that is left. */
export function Screen(props: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.screen}>
      <header className={classes.screenHead}>
        <h1 className={classes.screenTitle}>{props.title}</h1>
        {props.aside}
      </header>
      <div className={classes.screenBody}>{props.children}</div>
    </div>
  );
}
