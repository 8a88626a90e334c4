import { Button, SegmentedControl } from '@mantine/core';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useShortcut } from '../../app/keyboard.tsx';
import tables from '../../components/data-table.module.css';
import { Screen } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { MeterDetail } from './meter-detail.tsx';
import { MeterList } from './meter-list.tsx';
import { type Grouping, sectionsOf } from './meter-tree.ts';
import classes from './meters.module.css';
import { MetersOverview } from './meters-overview.tsx';
import { useMeters } from './queries.ts';

/** All meters with what went through them; beside it the chosen one, or the sums of all. */
export default function MetersScreen() {
  const { t } = useTranslation(['meters', 'app']);
  const { id: selected = null } = useParams();
  const [query, setQuery] = useSearchParams();
  const navigate = useNavigate();
  const [exporting, setExporting] = useState(false);
  const grouping: Grouping = query.get('group') === 'account' ? 'account' : 'main';
  const { data, error, isPending } = useMeters();
  const sections = useMemo(() => sectionsOf(data?.items ?? [], grouping), [data, grouping]);
  const detail = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);

  const search = grouping === 'account' ? '?group=account' : '';
  const linkTo = (id: string) => `/meters/${id}${search}`;
  const select = (id: string | null) =>
    void navigate(id === null ? `/meters${search}` : linkTo(id), { replace: true });
  function step(by: number): void {
    const ids = sections.flatMap(({ groups }) =>
      groups.flatMap(({ rows }) => rows.map(({ meter }) => meter.id)),
    );
    const at = selected === null ? -1 : ids.indexOf(selected);
    const next = ids[at === -1 ? 0 : Math.max(0, Math.min(ids.length - 1, at + by))];
    if (next !== undefined) select(next);
  }
  useShortcut({ code: 'ArrowDown', repeats: true }, () => step(1));
  useShortcut({ code: 'ArrowUp', repeats: true }, () => step(-1));
  useShortcut({ code: 'Enter' }, selected === null ? null : () => detail.current?.focus());
  useShortcut(
    { code: 'Escape' },
    selected === null
      ? null
      : () => {
          if (detail.current?.contains(document.activeElement)) list.current?.focus();
          else select(null);
        },
  );

  return (
    <Screen
      title={t('title')}
      aside={
        <>
          <SegmentedControl
            size="xs"
            aria-label={t('group.label')}
            data={[
              { value: 'main', label: t('group.main') },
              { value: 'account', label: t('group.account') },
            ]}
            value={grouping}
            onChange={(value) => setQuery(value === 'account' ? { group: value } : {}, { replace: true })}
            transitionDuration={0}
          />
          <Button size="compact-sm" variant="default" onClick={() => setExporting(true)}>
            {t('export.open')}
          </Button>
          <ExportDialog
            meters={data?.items ?? []}
            chosen={selected}
            opened={exporting}
            onClose={() => setExporting(false)}
          />
        </>
      }
    >
      <div className={classes.split}>
        <section
          className={`${classes.list} gh-scroll`}
          ref={list}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
          tabIndex={0}
          aria-label={t('list.label')}
        >
          <ProblemNote error={error} />
          {data === undefined || data.items.length === 0 ? (
            <p className={tables.empty}>{isPending ? t('app:loading') : t('list.none')}</p>
          ) : (
            <MeterList
              sections={sections}
              grouping={grouping}
              accounts={data.accounts}
              selected={selected}
              linkTo={linkTo}
              onSelect={select}
            />
          )}
        </section>
        <section
          className={`${classes.detail} gh-scroll`}
          ref={detail}
          tabIndex={-1}
          aria-label={t(selected === null ? 'overview.label' : 'detail.label')}
        >
          {data === undefined ? null : selected === null ? (
            <MetersOverview meters={data.items} linkTo={linkTo} />
          ) : (
            <MeterDetail key={selected} id={selected} meters={data.items} linkTo={linkTo} />
          )}
        </section>
      </div>
    </Screen>
  );
}
