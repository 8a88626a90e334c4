import { Checkbox, SegmentedControl } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useEntities } from '../../app/live.ts';
import tables from '../../components/data-table.module.css';
import { Screen } from '../../components/panel.tsx';
import classes from './access.module.css';
import { newestFirst } from './access-log.ts';
import { CardsPart } from './cards-part.tsx';
import { DoorsTable } from './doors-table.tsx';
import { LogSearch } from './log-search.tsx';
import { LogTable } from './log-table.tsx';

const views = ['live', 'cards', 'search'] as const;

/** Doors as they stand with the swipes as they come, who may open them with which card, and the log of all days. */
export default function AccessScreen() {
  const { t } = useTranslation('access');
  const [query, setQuery] = useSearchParams();
  const view = views.find((each) => each === query.get('view')) ?? 'live';
  return (
    <Screen
      title={t('title')}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('view.label')}
          data={views.map((value) => ({ value, label: t(`view.${value}`) }))}
          value={view}
          onChange={(to) => setQuery(to === 'live' ? {} : { view: to }, { replace: true })}
          transitionDuration={0}
        />
      }
    >
      {view === 'cards' ? <CardsPart /> : null}
      {view === 'search' ? (
        <section
          className={`${classes.frame} ${classes.search} gh-scroll`}
          aria-label={t('view.search')}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
          tabIndex={0}
        >
          <LogSearch />
        </section>
      ) : null}
      {view === 'live' ? (
        <div className={classes.split}>
          <Doors />
          <Swipes />
        </div>
      ) : null}
    </Screen>
  );
}

function Doors() {
  const { t } = useTranslation('access');
  const [troubledFirst, setTroubledFirst] = useState(false);
  return (
    <div className={classes.frame}>
      <header className={classes.head}>
        <h2>{t('doors.title')}</h2>
        <Checkbox
          size="xs"
          label={t('doors.troubled')}
          checked={troubledFirst}
          onChange={(event) => setTroubledFirst(event.currentTarget.checked)}
        />
      </header>
      <section
        className={`${classes.body} gh-scroll`}
        aria-label={t('doors.title')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
        tabIndex={0}
      >
        <DoorsTable troubledFirst={troubledFirst} />
      </section>
    </div>
  );
}

function Swipes() {
  const { t } = useTranslation('access');
  const events = useEntities('access-events');
  const ordered = useMemo(() => newestFirst(events), [events]);
  return (
    <div className={classes.frame}>
      <header className={classes.head}>
        <h2>{t('swipes.title')}</h2>
      </header>
      <section
        className={`${classes.body} gh-scroll`}
        aria-label={t('swipes.title')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: as above.
        tabIndex={0}
      >
        {ordered.length === 0 ? (
          <p className={tables.empty}>{t('swipes.none')}</p>
        ) : (
          <LogTable events={ordered} brief />
        )}
      </section>
    </div>
  );
}
