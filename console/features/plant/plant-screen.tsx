import { SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useShortcut } from '../../app/keyboard.tsx';
import { Screen } from '../../components/panel.tsx';
import { HoursView } from './hours-view.tsx';
import classes from './plant.module.css';
import { PlantDetail } from './plant-detail.tsx';
import { SchedulesView } from './schedules-view.tsx';
import { SystemsView } from './systems-view.tsx';

const views = ['systems', 'schedules', 'hours'] as const;
type View = (typeof views)[number];

/** Water, power, light and what else runs: how it is, what it will do, how long it has run. */
export default function PlantScreen() {
  const { t } = useTranslation('plant');
  const { id } = useParams();
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const view = views.find((each) => each === query.get('view')) ?? 'systems';
  const pathOf = (to: View) => (to === 'systems' ? '/plant' : `/plant?view=${to}`);
  useShortcut({ code: 'Escape' }, id === undefined ? null : () => void navigate('/plant'));
  return (
    <Screen
      title={t('title')}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('view.label')}
          data={views.map((value) => ({ value, label: t(`view.${value}`) }))}
          value={id === undefined ? view : ''}
          onChange={(value) => void navigate(pathOf(value as View))}
          transitionDuration={0}
        />
      }
    >
      <section
        className={`${classes.region} gh-scroll`}
        aria-label={t(id === undefined ? `view.${view}` : 'detail.label')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
        tabIndex={0}
      >
        {id !== undefined ? (
          <PlantDetail key={id} id={id} />
        ) : view === 'systems' ? (
          <SystemsView />
        ) : view === 'schedules' ? (
          <SchedulesView />
        ) : (
          <HoursView />
        )}
      </section>
    </Screen>
  );
}
