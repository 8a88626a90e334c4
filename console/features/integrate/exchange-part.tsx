import { EditPanel } from './exchange-edit.tsx';
import { FilePanel } from './exchange-file.tsx';
import integrate from './integrate.module.css';

/** Many devices at once: from a spreadsheet and to one, and the same change to all that are selected. */
export default function ExchangePart() {
  return (
    <div className={integrate.stack}>
      <FilePanel />
      <EditPanel />
    </div>
  );
}
