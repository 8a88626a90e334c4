import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Upload } from '../../../gateway/contract/patrol.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { live } from '../../app/live.ts';
import { useCan } from '../../app/session.tsx';
import { useWho } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { More } from '../../components/more.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './patrol.module.css';
import { UploadDialog } from './upload-dialog.tsx';
import { UploadOutcome, useDrift } from './upload-outcome.tsx';

const pageSize = 50;

/** What wands have brought home, newest first; each unfolds to what became of it. */
export function UploadsList() {
  const { t } = useTranslation(['patrol', 'app']);
  const can = useCan();
  const [uploading, setUploading] = useState(false);
  const { data, error, isPending, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['uploads'],
    queryFn: ({ pageParam }) =>
      api.get<Page<Upload>>(`/patrol/uploads${queryString({ limit: pageSize, cursor: pageParam })}`),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const uploads = (data?.pages ?? []).flatMap(({ items }) => items);
  return (
    <>
      <div className={classes.uploadHead}>
        <span className={tables.dim}>{t('uploads.explain')}</span>
        {can('patrol.write') ? (
          <Button size="compact-md" onClick={() => setUploading(true)} data-testid="upload-new">
            {t('uploads.new')}
          </Button>
        ) : null}
      </div>
      <UploadDialog opened={uploading} onClose={() => setUploading(false)} />
      {error === null ? null : <ProblemNote error={error} />}
      {uploads.length === 0 ? (
        <p className={tables.empty}>{error === null ? t(isPending ? 'app:loading' : 'uploads.empty') : ''}</p>
      ) : (
        <UploadsTable uploads={uploads} />
      )}
      <More {...{ hasNextPage, isFetching, fetchNextPage }} />
    </>
  );
}

const columns = 10;

function UploadsTable({ uploads }: { uploads: readonly Upload[] }) {
  const { t } = useTranslation('patrol');
  const [unfolded, setUnfolded] = useState<string | null>(null);
  return (
    <table className={tables.table}>
      <thead>
        <tr>
          <th>{t('uploads.at')}</th>
          <th>{t('uploads.reader')}</th>
          <th>{t('uploads.by')}</th>
          <th>{t('uploads.span')}</th>
          <th className={tables.right}>{t('uploads.count')}</th>
          <th className={tables.right}>{t('uploads.stored')}</th>
          <th className={tables.right}>{t('uploads.refused')}</th>
          <th>{t('uploads.drift')}</th>
          <th className={tables.right}>{t('uploads.rounds')}</th>
          <th>{t('uploads.unfold')}</th>
        </tr>
      </thead>
      <tbody>
        {uploads.map((upload) => (
          <Fragment key={upload.id}>
            <UploadRow
              upload={upload}
              unfolded={unfolded === upload.id}
              onUnfold={() => setUnfolded(unfolded === upload.id ? null : upload.id)}
            />
            {unfolded === upload.id ? (
              <tr>
                <td colSpan={columns}>
                  <div className={classes.unfolded}>
                    <UploadOutcome upload={upload} />
                    <p>
                      <a href={`/api/v1/patrol/uploads/${upload.id}/file`} download>
                        {t('uploads.file')}
                      </a>
                    </p>
                  </div>
                </td>
              </tr>
            ) : null}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function UploadRow(props: { upload: Upload; unfolded: boolean; onUnfold: () => void }) {
  const { upload, unfolded, onUnfold } = props;
  const { t } = useTranslation('patrol');
  const time = useSiteTime();
  const spoken = useWho();
  const drift = useDrift();
  const { reader, receivedAt, uploadedBy, from, to, count, stored, refused, rounds } = upload;
  return (
    <tr data-testid={`upload-${upload.id}`}>
      <td className={`${tables.nowrap} gh-number`}>{time.moment(receivedAt)}</td>
      <td>{live.get('devices', reader)?.name ?? reader}</td>
      <td>{spoken(uploadedBy)}</td>
      <td className={`${tables.nowrap} gh-number`}>
        {from === null || to === null
          ? '—'
          : `${time.moment(from).slice(0, -3)} … ${time.moment(to).slice(0, -3)}`}
      </td>
      <td className={`${tables.right} gh-number`}>{count}</td>
      <td className={`${tables.right} gh-number`}>{stored}</td>
      <td className={`${tables.right} gh-number`}>
        {refused.length === 0 ? <span className={tables.dim}>–</span> : <strong>{refused.length}</strong>}
      </td>
      <td className={tables.nowrap}>{drift(upload)}</td>
      <td className={`${tables.right} gh-number`}>{rounds.length}</td>
      <td>
        <Button size="compact-xs" variant="default" aria-expanded={unfolded} onClick={onUnfold}>
          {t(unfolded ? 'uploads.fold' : 'uploads.unfold')}
        </Button>
      </td>
    </tr>
  );
}
