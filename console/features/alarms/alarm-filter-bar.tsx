import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import type { Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { priorities } from '../../app/alarm-list.ts';
import { categories } from '../../app/categories.ts';
import { PriorityMark } from '../../components/priority.tsx';
import classes from './alarm-filter-bar.module.css';
import { type AlarmFilter, isFiltering, type ListName } from './filter.ts';

const lists: readonly ListName[] = ['open', 'aside', 'history'];

export function AlarmFilterBar(props: {
  filter: AlarmFilter;
  onChange: (filter: AlarmFilter) => void;
  field: Ref<HTMLInputElement>;
}) {
  const { filter, onChange, field } = props;
  const { t } = useTranslation(['alarms', 'terms']);
  return (
    <div className={classes.bar}>
      <SegmentedControl
        size="xs"
        aria-label={t('list.label')}
        value={filter.list}
        onChange={(list) => onChange({ ...filter, list: list as ListName })}
        data={lists.map((list) => ({ value: list, label: t(`list.${list}`) }))}
        transitionDuration={0}
      />
      <fieldset className={classes.priorities} aria-label={t('filter.priority')}>
        {priorities.map((priority) => {
          const on = filter.priorities.includes(priority);
          return (
            <button
              key={priority}
              type="button"
              className={classes.priority}
              aria-pressed={on}
              onClick={() =>
                onChange({
                  ...filter,
                  priorities: on
                    ? filter.priorities.filter((each) => each !== priority)
                    : [...filter.priorities, priority],
                })
              }
            >
              <PriorityMark priority={priority} size={16} /> {t(`terms:priority.${priority}`)}
            </button>
          );
        })}
      </fieldset>
      <Select
        size="xs"
        w={150}
        aria-label={t('filter.category')}
        placeholder={t('filter.allCategories')}
        data={categories.map((category) => ({ value: category, label: t(`terms:category.${category}`) }))}
        value={filter.category}
        onChange={(category) => onChange({ ...filter, category })}
        clearable
        comboboxProps={{ transitionProps: { duration: 0 } }}
      />
      <TextInput
        ref={field}
        size="xs"
        w={230}
        type="search"
        aria-label={t('filter.label')}
        placeholder={t('filter.placeholder')}
        value={filter.text}
        onChange={(event) => onChange({ ...filter, text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.code === 'Escape' && !event.nativeEvent.isComposing) event.currentTarget.blur();
        }}
      />
      {isFiltering(filter) ? (
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => onChange({ list: filter.list, priorities: [], category: null, text: '' })}
        >
          {t('filter.clear')}
        </Button>
      ) : null}
    </div>
  );
}
