import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ExchangeReport } from '../../../gateway/contract/exchange.ts';
import { useLanguage } from '../../app/language.ts';
import tables from '../../components/data-table.module.css';
import { CopyButton } from './copy-button.tsx';
import classes from './exchange.module.css';
import { problemsText } from './exchange-calls.ts';
import { type RowsOf, useColumnName, useFieldName, useValueName } from './exchange-names.ts';
import integrate from './integrate.module.css';

/** Rows shown at once; a file may have ten thousand. */
const mostShown = 200;
const outcomes = ['new', 'changed', 'deleted', 'same', 'error', 'example'] as const;

export function errorsOf({ problems }: ExchangeReport): number {
  return problems.filter(({ severity }) => severity === 'error').length;
}

function changesOf({ counts }: ExchangeReport): number {
  return (counts.new ?? 0) + (counts.changed ?? 0) + (counts.deleted ?? 0);
}

/** What a file or an edit comes to: counts, problems with errors first, then what changes. */
export function ReportView({ report, of = 'devices' }: { report: ExchangeReport; of?: RowsOf }) {
  const { t } = useTranslation('integrateExchange');
  const language = useLanguage();
  const changes = report.rows.filter(({ outcome }) => ['new', 'changed', 'deleted'].includes(outcome));
  return (
    <div className={integrate.stack}>
      <div className={classes.counts} data-testid="exchange-counts">
        {outcomes.map((outcome) =>
          (report.counts[outcome] ?? 0) === 0 ? null : (
            <span key={outcome} className={classes.count} data-outcome={outcome}>
              {t(of === 'points' && outcome === 'example' ? 'passed' : `outcome.${outcome}`)}{' '}
              <strong className="gh-number">{report.counts[outcome]}</strong>
            </span>
          ),
        )}
        {report.format === 'edit' || (report.sheet ?? report.encoding) === null ? null : (
          <span className={integrate.dim}>{report.sheet ?? report.encoding}</span>
        )}
      </div>
      {report.problems.length === 0 ? null : (
        <section>
          <div className={classes.sectionHead}>
            <h3>{t('problems')}</h3>
            <CopyButton
              text={problemsText(report.problems, language)}
              label={t('copy')}
              copied={t('copied')}
            />
          </div>
          <Problems report={report} of={of} />
        </section>
      )}
      {changes.length === 0 ? null : (
        <section>
          <div className={classes.sectionHead}>
            <h3>{t('changes')}</h3>
          </div>
          <Changes rows={changes} inFile={report.format !== 'edit'} of={of} />
        </section>
      )}
    </div>
  );
}

function Problems({ report, of }: { report: ExchangeReport; of: RowsOf }) {
  const { t } = useTranslation('integrateExchange');
  const language = useLanguage();
  const columnName = useColumnName(of);
  const fieldName = useFieldName();
  const nameIn = (field: string, id: string | null) =>
    inFile ? columnName(field) : fieldName(field, id ?? '');
  const shown = report.problems.slice(0, mostShown);
  const inFile = report.format !== 'edit';
  const left = report.problems.length - shown.length + report.more;
  return (
    <>
      <table className={tables.table} data-testid="exchange-problems">
        <thead>
          <tr>
            {inFile ? <th>{t('row')}</th> : null}
            {inFile ? <th>{t('column')}</th> : <th>{t('field')}</th>}
            <th>{t(of === 'points' ? 'point' : 'device')}</th>
            <th>{t('problem')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ row, column, field, id, severity, message }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list is drawn anew as a whole
            <tr key={index} data-severity={severity}>
              {inFile ? <td className="gh-number">{row}</td> : null}
              <td className={tables.nowrap}>
                {column} {field === null ? null : <span className={tables.dim}>{nameIn(field, id)}</span>}
              </td>
              <td className={tables.nowrap}>{id}</td>
              <td className={classes.message}>
                <strong>{t(severity)}</strong> {message[language]}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 ? <p className={integrate.dim}>{t('more', { count: left })}</p> : null}
    </>
  );
}

function Changes(props: { rows: ExchangeReport['rows']; inFile: boolean; of: RowsOf }) {
  const { rows, inFile, of } = props;
  const { t } = useTranslation('integrateExchange');
  const columnName = useColumnName(of);
  const fieldName = useFieldName();
  const valueName = useValueName();
  const text = (field: string, value: unknown) =>
    (of === 'points' ? pointText(value) : valueName(field, value)) ?? t('none');
  const shown = rows.slice(0, mostShown);
  return (
    <>
      <table className={tables.table} data-testid="exchange-changes">
        <thead>
          <tr>
            {inFile ? <th>{t('row')}</th> : null}
            <th>{t('outcome')}</th>
            <th>{t(of === 'points' ? 'point' : 'device')}</th>
            <th>{t('what')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ row, id, name, outcome, fields }) => (
            <tr key={id}>
              {inFile ? <td className="gh-number">{row}</td> : null}
              <td className={tables.nowrap}>{t(`outcome.${outcome}`)}</td>
              <td>
                {inFile ? id : name} <span className={tables.dim}>{inFile ? name : id}</span>
              </td>
              <td className={classes.message}>
                {of === 'points' && outcome === 'new' ? (
                  fields.map(({ field, to }) => (
                    <span key={field} className={classes.said}>
                      <span className={tables.dim}>{columnName(field)}</span> {text(field, to)}
                    </span>
                  ))
                ) : (
                  <Diffs
                    fields={fields}
                    name={(field) => (inFile ? columnName(field) : fieldName(field, id))}
                    text={text}
                  />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length ? (
        <p className={integrate.dim}>{t('more', { count: rows.length - shown.length })}</p>
      ) : null}
    </>
  );
}

function Diffs(props: {
  fields: ExchangeReport['rows'][number]['fields'];
  name: (field: string) => string;
  text: (field: string, value: unknown) => string;
}) {
  const { name, text } = props;
  return props.fields.map(({ field, from, to }) => (
    <div key={field}>
      <span className={tables.dim}>{name(field)}</span> {text(field, from)} → {text(field, to)}
    </div>
  ));
}

const pointText = (value: unknown) => (value === null || value === undefined ? null : String(value));

/** Writes what was tried, when nothing is wrong with it. */
export function ApplyButton(props: {
  report: ExchangeReport;
  of?: RowsOf;
  busy: boolean;
  onApply: () => void;
}) {
  const { report, of = 'devices', busy, onApply } = props;
  const { t } = useTranslation('integrateExchange');
  const errors = errorsOf(report) + report.more;
  const changes = changesOf(report);
  const deleted = report.counts.deleted ?? 0;
  const sound = report.plan !== null && changes > 0;
  const word = () => {
    if (report.plan === null)
      return t(report.format === 'edit' ? 'stoppedEdit' : 'stopped', { count: errors });
    if (changes === 0) return t('nothing');
    if (of === 'points')
      return t(deleted > 0 ? 'applyDeletePoints' : 'applyPoints', { count: changes, deleted });
    return deleted > 0 ? t('applyDelete', { count: deleted }) : t('apply', { count: changes });
  };
  return (
    <Button
      color={deleted > 0 ? 'red' : undefined}
      disabled={!sound}
      loading={busy}
      onClick={onApply}
      data-testid="exchange-apply"
    >
      {word()}
    </Button>
  );
}

/** That it is done. */
export function Done({ report }: { report: ExchangeReport }) {
  const { t } = useTranslation('integrateExchange');
  const { new: added = 0, changed = 0, deleted = 0 } = report.counts;
  return (
    <strong role="status" data-testid="exchange-done">
      ✓ {t('applied', { added, changed, deleted })}
    </strong>
  );
}
