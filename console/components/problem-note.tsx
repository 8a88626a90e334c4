import { useTranslation } from 'react-i18next';
import { ApiError } from '../app/api.ts';
import { problemWords } from '../app/i18n.ts';
import classes from './problem-note.module.css';

type Code = keyof typeof problemWords.zh;

/** A failed call in words: the code in the user's language, below it the gateway's own sentence of what and where. */
export function ProblemNote({ error }: { error: unknown }) {
  const { t } = useTranslation('problems');
  if (error === null || error === undefined) return null;
  const known = error instanceof ApiError && error.code in problemWords.zh;
  const code: Code = known ? (error.code as Code) : 'internal';
  const detail = error instanceof ApiError ? error.detail : String(error);
  const fields = error instanceof ApiError ? error.errors : [];
  const untold = fields.filter(({ message }) => !detail?.includes(message));
  return (
    <div className={classes.note} role="alert">
      <strong>⚠ {t(code)}</strong>
      {detail === undefined ? null : <div>{detail}</div>}
      {untold.map((field) => (
        <div key={`${field.path} ${field.message}`}>
          <code>{field.path}</code> {field.message}
        </div>
      ))}
    </div>
  );
}
