import { useTranslation } from 'react-i18next';
import frame from './integrate.module.css';
import classes from './types.module.css';
import type { CheckedText, TypeProblem } from './types-api.ts';

/** What is wrong in a text and in its cases; a click leads there. */
export function ProblemList(props: { checked: CheckedText | null; onGo: (problem: TypeProblem) => void }) {
  const { t } = useTranslation('integrateTypes');
  const { checked } = props;
  if (checked === null) return <p className={frame.dim}>{t('check.busy')}</p>;
  const { problems, casesPassed, cases } = checked;
  const ofCases = problems.filter(({ file }) => file.startsWith('cases/'));
  const ofText = problems.length - ofCases.length;
  return (
    <>
      <div role="status">
        {problems.length === 0 ? (
          <p className={classes.summary}>✓ {t('check.sound', { count: casesPassed })}</p>
        ) : (
          <>
            {ofText === 0 ? null : <p className={classes.summary}>⚠ {t('check.wrong', { count: ofText })}</p>}
            {ofCases.length === 0 ? null : (
              <p className={classes.summary}>
                ⚠ {t('check.cases', { failing: cases.length - casesPassed, count: casesPassed })}
              </p>
            )}
          </>
        )}
      </div>
      <ul className={classes.problems}>
        {problems.map((problem) => (
          <li key={`${problem.file} ${problem.line} ${problem.column} ${problem.message}`}>
            {problem.file === 'type.yaml' || problem.file.startsWith('cases/') ? (
              <button type="button" className={classes.problem} onClick={() => props.onGo(problem)}>
                <strong>
                  {problem.file === 'type.yaml' ? (
                    `${t('line', { line: problem.line })} · ${t(`severity.${problem.severity}`)}`
                  ) : (
                    <code>{problem.file.replace(/^cases\//, '')}</code>
                  )}
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
      </ul>
    </>
  );
}
