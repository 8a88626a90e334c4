import { useParams } from 'react-router';
import { TypeEditor } from './types-editor.tsx';
import { TypesList } from './types-list.tsx';

/** Device types: the list, or one of them with its text. */
export default function TypesPart() {
  const { id } = useParams();
  return id === undefined ? <TypesList /> : <TypeEditor key={id} id={id} />;
}
