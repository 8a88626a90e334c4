import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useShortcut } from '../../app/keyboard.tsx';
import { Screen } from '../../components/panel.tsx';
import { CheckinsList } from './checkins-list.tsx';
import classes from './patrol.module.css';
import { RoundBoards } from './round-boards.tsx';
import { RoundDetail } from './round-detail.tsx';
import { RoundsList } from './rounds-list.tsx';
import { UploadsList } from './uploads-list.tsx';

const views = ['board', 'rounds', 'checkins', 'uploads'] as const;
type View = (typeof views)[number];

const lists: Record<View, ReactNode> = {
  board: <RoundBoards />,
  rounds: <RoundsList />,
  checkins: <CheckinsList />,
  uploads: <UploadsList />,
};

/** What is being walked, what was walked, and the proofs of it. */
export default function PatrolScreen() {
  const { t } = useTranslation('patrol');
  const { id } = useParams();
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const view = views.find((each) => each === query.get('view')) ?? 'board';
  const pathOf = (to: View) => (to === 'board' ? '/patrol' : `/patrol?view=${to}`);
  useShortcut({ code: 'Escape' }, id === undefined ? null : () => void navigate('/patrol'));
  return (
    <Screen
      title={t('title')}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('view.label')}
          data={views.map((value) => ({ value, label: t(`view.${value}`) }))}
          value={view}
          onChange={(value) => void navigate(pathOf(value as View))}
          transitionDuration={0}
        />
      }
    >
      {id !== undefined ? (
        <RoundDetail key={id} id={id} back="/patrol" />
      ) : (
        <section
          className={`${view === 'board' ? classes.region : classes.listRegion} gh-scroll`}
          aria-label={t(`view.${view}`)}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
          tabIndex={0}
        >
          {lists[view]}
        </section>
      )}
    </Screen>
  );
}
