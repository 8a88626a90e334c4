import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAct } from '../../app/act.tsx';
import { api, queryString } from '../../app/api.ts';
import { useLanguage } from '../../app/language.ts';
import { useEntity } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { TwoStep } from '../../components/two-step.tsx';
import { CopyButton } from './copy-button.tsx';
import { type DeadLetter, reasonIn } from './dead-letters.ts';
import { spacedHex } from './hex.ts';
import classes from './integrate.module.css';

type Reread = { outcome: 'taken' } | ({ outcome: 'kept' } & Pick<DeadLetter, 'reason' | 'why'>);

/** One letter, with what it said and what can be done with it. */
export function LetterRow(props: {
  letter: DeadLetter;
  /** Shows its source alone; null while that is so. */
  onSource: (() => void) | null;
  /** Something was done: in words. */
  onDone: (words: string) => void;
}) {
  const { letter, onSource, onDone } = props;
  const { t } = useTranslation('integrateLetters');
  const time = useSiteTime();
  const device = useEntity('devices', letter.device ?? undefined);
  const [act, busy] = useAct();
  const language = useLanguage();
  const reason = reasonIn(letter, language);

  async function rerun(): Promise<void> {
    let answer: Reread | undefined;
    await act(async () => {
      answer = await api.post<Reread>(`/dead-letters/${letter.id}/rerun`);
    });
    if (answer !== undefined)
      onDone(answer.outcome === 'taken' ? t('taken') : t('kept', { reason: reasonIn(answer, language) }));
  }

  async function discard(): Promise<void> {
    await api.delete(`/dead-letters/${letter.id}`);
    onDone(t('discarded', { count: 1 }));
  }

  return (
    <tr data-testid={`letter-${letter.id}`}>
      <td className={`${tables.nowrap} gh-number`}>{time.moment(letter.at)}</td>
      <td>
        <div className={classes.words}>{letter.source}</div>
        {device === undefined ? (
          letter.device
        ) : (
          <Link to={paths.device(device.id)}>{device.name ?? device.id}</Link>
        )}
        {onSource === null ? null : (
          <div>
            <Button variant="default" size="compact-sm" onClick={onSource}>
              {t('only')}
            </Button>
          </div>
        )}
      </td>
      <td className={classes.words}>
        {reason}
        {reason === letter.reason ? null : (
          <div className={classes.under} lang="en">
            {t('system')} {letter.reason}
          </div>
        )}
      </td>
      <td>
        <Said letter={letter} />
      </td>
      <td>
        <div className={classes.stack}>
          {letter.notAgain === null ? (
            <Button size="compact-sm" loading={busy} onClick={() => void rerun()}>
              {t('rerun')}
            </Button>
          ) : (
            <span className={classes.under}>{t(`not.${letter.notAgain}`)}</span>
          )}
          <TwoStep label={t('discard')} question={t('discardQuestion')} onConfirm={discard} />
        </div>
      </td>
    </tr>
  );
}

/** As text where it is one, and as bytes in any case. */
function Said({ letter: { hex, text } }: { letter: DeadLetter }) {
  const { t } = useTranslation('integrateLetters');
  if (hex === '') return <span className={classes.dim}>{t('noBytes')}</span>;
  const bytes = spacedHex(hex);
  return (
    <div className={classes.said}>
      {text === null ? null : <code className={classes.bytes}>{text.trim()}</code>}
      <code className={classes.bytes} title={t('hex')}>
        {bytes}
      </code>
      <div className={classes.row}>
        {text === null ? null : <CopyButton text={text} label={t('copyText')} copied={t('copied')} />}
        <CopyButton text={bytes} label={t('copyHex')} copied={t('copied')} />
        <Link to={`${paths.integrate('inspect')}${queryString({ hex })}`}>{t('inspect')}</Link>
      </div>
    </div>
  );
}
