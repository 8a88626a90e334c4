import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Upload } from '../../../gateway/contract/patrol.ts';
import { paths } from '../../app/routes.tsx';
import { useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import classes from './patrol.module.css';
import { driftSeconds } from './read-out.ts';

/** A wand's clock in words. */
export function useDrift(): (upload: Pick<Upload, 'driftMs'>) => string {
  const { t } = useTranslation('patrol');
  const time = useSiteTime();
  return (upload) => {
    const seconds = driftSeconds(upload);
    if (seconds === null) return t('uploads.drift.none');
    if (seconds === 0) return t('uploads.drift.right');
    const length = time.duration(Math.abs(seconds) * 1_000);
    return seconds > 0 ? t('uploads.drift.fast', { for: length }) : t('uploads.drift.slow', { for: length });
  };
}

/** What an upload has come to, or would: counts, rounds that it changes, and lines that cannot be used. */
export function UploadOutcome({ upload }: { upload: Upload }) {
  const { t } = useTranslation('patrol');
  const drift = useDrift();
  const counts = [
    ['uploads.count', upload.count],
    ['uploads.stored', upload.stored],
    ['uploads.repeated', upload.repeated],
    ['uploads.refused', upload.refused.length],
    ['uploads.doubtful', upload.doubtful],
    ['uploads.unknown', upload.unknown],
  ] as const;
  return (
    <div className={classes.outcome}>
      <dl className={classes.counts}>
        {counts.map(([word, count]) => (
          <div key={word}>
            <dt>{t(word)}</dt>
            <dd className="gh-number">{count}</dd>
          </div>
        ))}
        <div>
          <dt>{t('uploads.drift')}</dt>
          <dd>{drift(upload)}</dd>
        </div>
      </dl>
      <Rounds upload={upload} />
      {upload.refused.length === 0 ? null : <Refused upload={upload} />}
    </div>
  );
}

function Rounds({ upload }: { upload: Upload }) {
  const { t } = useTranslation('patrol');
  const time = useSiteTime();
  if (upload.rounds.length === 0) return <p className={tables.dim}>{t('uploads.noRounds')}</p>;
  return (
    <section
      className={`${classes.outcomeList} gh-scroll`}
      aria-label={t('uploads.rounds')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
      tabIndex={0}
    >
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{t('uploads.rounds')}</th>
          </tr>
        </thead>
        <tbody>
          {upload.rounds.map(({ id, name, startsAt, missedBefore, missed }) => (
            <tr key={id}>
              <td>
                <Link to={paths.round(id)}>
                  {t('uploads.round', {
                    at: time.moment(startsAt).slice(0, -3),
                    name,
                    before: missedBefore,
                    after: missed,
                  })}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Refused({ upload }: { upload: Upload }) {
  const { t } = useTranslation('patrol');
  return (
    <section
      className={`${classes.outcomeList} gh-scroll`}
      aria-label={t('uploads.refused')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: as above.
      tabIndex={0}
    >
      <table className={tables.table}>
        <thead>
          <tr>
            <th className={tables.right}>{t('uploads.line')}</th>
            <th>{t('uploads.value')}</th>
            <th>{t('uploads.problem')}</th>
          </tr>
        </thead>
        <tbody>
          {upload.refused.map(({ line, value, problem }) => (
            <tr key={`${line} ${problem}`}>
              <td className={`${tables.right} gh-number`}>{line}</td>
              <td>
                <code>{value}</code>
              </td>
              <td>{t(`problem.${problem}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
