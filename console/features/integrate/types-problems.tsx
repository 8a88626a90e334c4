import { useTranslation } from 'react-i18next';
import frame from './integrate.module.css';
import classes from './types.module.css';
import type { CheckedText, TypeProblem } from './types-api.ts';

/** What is wrong in a text and in its cases; a click leads there. */
export function ProblemList(props: {
  checked: CheckedText | null;
  onText: (problem: TypeProblem) => void;
  onCase: (name: string) => void;
}) {
  const { t } = useTranslation('integrateTypes');
  const { checked } = props;
  if (checked === null) return <p className={frame.dim}>{t('check.busy')}</p>;
  const { problems, casesPassed, cases } = checked;
  const ofText = problems.filter(({ file }) => !file.startsWith('cases/'));
  const failing = cases.filter(({ passed }) => !passed);
  return (
    <>
      <div role="status">
        {problems.length === 0 ? (
          <p className={classes.summary}>✓ {t('check.sound', { count: casesPassed })}</p>
        ) : (
          <>
            {ofText.length === 0 ? null : (
              <p className={classes.summary}>⚠ {t('check.wrong', { count: ofText.length })}</p>
            )}
            {failing.length === 0 ? null : (
              <p className={classes.summary}>
                ⚠ {t('check.cases', { failing: failing.length, count: casesPassed })}
              </p>
            )}
          </>
        )}
      </div>
      <ul className={classes.problems}>
        {ofText.map((problem) => (
          <li key={`${problem.file} ${problem.line} ${problem.column} ${problem.message}`}>
            {problem.file === 'type.yaml' ? (
              <button type="button" className={classes.problem} onClick={() => props.onText(problem)}>
                <strong>
                  {t('line', { line: problem.line })} · {t(`severity.${problem.severity}`)}
                </strong>{' '}
                {problem.message}
              </button>
            ) : (
              <div className={classes.problem}>
                <code>{problem.file}</code> {problem.message}
              </div>
            )}
          </li>
        ))}
        {failing.map(({ name, differences }) => (
          <li key={name}>
            <button type="button" className={classes.problem} onClick={() => props.onCase(name)}>
              <strong>{t('case.named', { name })}</strong>{' '}
              {differences.length > 0 ? t('case.failed', { count: differences.length }) : t('case.broken')}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
