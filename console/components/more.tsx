import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import tables from './data-table.module.css';

/** Fetches the next page of a list (of `useInfiniteQuery`), under its last row; nothing once all of it is there. */
export function More(props: {
  hasNextPage: boolean;
  isFetching: boolean;
  fetchNextPage: () => Promise<unknown>;
  /** Within a line that is there anyway. */
  inLine?: boolean;
}) {
  const { hasNextPage, isFetching, fetchNextPage, inLine = false } = props;
  const { t } = useTranslation('app');
  if (!hasNextPage) return null;
  const button = (
    <Button
      variant="default"
      size={inLine ? 'compact-xs' : 'compact-sm'}
      loading={isFetching}
      onClick={() => void fetchNextPage()}
    >
      {t('action.more')}
    </Button>
  );
  return inLine ? button : <p className={tables.more}>{button}</p>;
}
